package app

import (
	"time"

	"example.com/market-api/internal/ratelimit"
)

// newLimiter returns a limiter that all replicas share, and no other service in
// the same Redis, or one of this process when there is no Redis.
func (a *App) newLimiter(name string, requests int, period time.Duration) ratelimit.Limiter {
	rate := ratelimit.Rate{Requests: requests, Per: period}
	local := ratelimit.NewLocal(rate)
	if a.redis == nil {
		return local
	}
	return ratelimit.NewRedis(a.redis, "market-api:"+name, rate, local, a.log)
}
