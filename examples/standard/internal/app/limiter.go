package app

import (
	"time"

	"example.com/shop-api/internal/ratelimit"
)

// newLimiter returns a limiter that all replicas of this service share through
// Redis. Without Redis, every replica counts on its own.
func (a *App) newLimiter(name string, requests int, period time.Duration) ratelimit.Limiter {
	rate := ratelimit.Rate{Requests: requests, Per: period}
	var limiter ratelimit.Limiter = ratelimit.NewLocal(rate)
	if a.redis != nil {
		limiter = ratelimit.NewRedis(a.redis, "shop-api:"+name, rate, limiter, a.outage)
	}
	return a.metrics.Limiter(name, limiter)
}
