package app

import (
	"time"

	"example.com/market-api/internal/ratelimit"
)

// newLimiter returns a limiter that all replicas of this service share through
// Redis. Without Redis, every replica counts on its own.
func (a *App) newLimiter(name string, requests int, period time.Duration) ratelimit.Limiter {
	rate := ratelimit.Rate{Requests: requests, Per: period}
	var limiter ratelimit.Limiter = ratelimit.NewLocal(rate)
	if a.redis != nil {
		limiter = ratelimit.NewRedis(a.redis, "market-api:"+name, rate, limiter, a.outage)
	}
	return a.metrics.Limiter(name, limiter)
}
