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
	// redisTimeout bounds what a decision may cost a request.
	redisTimeout = 100 * time.Millisecond

	// redisPause is how long Redis is left alone after it has failed, so that
	// an outage costs one request per pause its time, and not every request.
	redisPause = time.Second
)

// Redis is a Limiter that counts for all replicas of the service together.
type Redis struct {
	name     string
	limit    redis_rate.Limit
	limiter  *redis_rate.Limiter
	fallback Limiter
	log      *slog.Logger

	// pausedUntil is a Unix time in nanoseconds; 0 while Redis answers.
	pausedUntil atomic.Int64
}

// NewRedis returns a Redis. The name keeps its counts apart from those of
// others in the same Redis; the fallback decides while Redis does not answer.
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

	// Redis is judged by its own time-out, never by a client who goes away.
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), redisTimeout)
	defer cancel()
	result, err := l.limiter.Allow(limited, l.name+":"+key, l.limit)
	if err != nil {
		if l.pausedUntil.Swap(time.Now().Add(redisPause).UnixNano()) == 0 {
			l.log.WarnContext(ctx, "redis does not answer, requests are limited per replica", "limiter", l.name, "error", err)
		}
		return l.fallback.Allow(ctx, key)
	}
	if l.pausedUntil.Swap(0) != 0 {
		l.log.InfoContext(ctx, "redis answers again, requests are limited across replicas", "limiter", l.name)
	}
	return Decision{
		Allowed:    result.Allowed > 0,
		RetryAfter: max(0, result.RetryAfter),
		Limit:      l.limit.Burst,
		Remaining:  result.Remaining,
		Reset:      result.ResetAfter,
	}
}
