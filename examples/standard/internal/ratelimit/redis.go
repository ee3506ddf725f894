package ratelimit

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
)

const (
	// redisTimeout limits how long a decision may delay a request.
	redisTimeout = 100 * time.Millisecond

	// redisPause is how long Redis is not used after a failure, so that during
	// an outage only one request per pause is delayed.
	redisPause = time.Second
)

// Redis is a Limiter that counts requests across all replicas of the service.
type Redis struct {
	name     string
	limit    redis_rate.Limit
	limiter  *redis_rate.Limiter
	fallback Limiter
	log      *slog.Logger

	// pausedUntil is a Unix time in nanoseconds, or 0 while Redis is available.
	pausedUntil atomic.Int64
}

// NewRedis returns a Redis. The name separates its counters from those of other
// limiters in the same Redis. The fallback decides while Redis is unavailable.
func NewRedis(client redis.UniversalClient, name string, r Rate, fallback Limiter, log *slog.Logger) *Redis {
	return &Redis{
		name:     name,
		limit:    redis_rate.Limit{Rate: r.Requests, Burst: r.Requests, Period: r.Per},
		limiter:  redis_rate.NewLimiter(client),
		fallback: fallback,
		log:      log,
	}
}

// Allow implements Limiter.
func (l *Redis) Allow(ctx context.Context, key string) Decision {
	if time.Now().UnixNano() < l.pausedUntil.Load() {
		return l.fallback.Allow(ctx, key)
	}

	// Do not count the cancellation of a request as a failure of Redis.
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), redisTimeout)
	defer cancel()
	result, err := l.limiter.Allow(limited, l.name+":"+key, l.limit)
	if err != nil {
		if l.pausedUntil.Swap(time.Now().Add(redisPause).UnixNano()) == 0 {
			l.log.WarnContext(ctx, "redis is unavailable, requests are limited per replica", "limiter", l.name, "error", err)
		}
		return l.fallback.Allow(ctx, key)
	}
	if l.pausedUntil.Swap(0) != 0 {
		l.log.InfoContext(ctx, "redis is available again, requests are limited across replicas", "limiter", l.name)
	}
	return Decision{
		Allowed:    result.Allowed > 0,
		RetryAfter: max(0, result.RetryAfter),
		Limit:      l.limit.Burst,
		Remaining:  result.Remaining,
		Reset:      result.ResetAfter,
	}
}
