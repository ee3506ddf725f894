package app

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9/logging"

	"example.com/shop-api/internal/cache"
	"example.com/shop-api/internal/health"
	"example.com/shop-api/internal/outage"
	"example.com/shop-api/internal/repository/cached"
)

// openCache adds a Redis cache to the repositories. The service also works if
// Redis is down.
func (a *App) openCache(ctx context.Context) error {
	if a.cfg.Cache.RedisURL == "" {
		return nil
	}
	// By default, the client logs to standard error in its own format. Outages
	// are already logged by the code that uses it.
	logging.Disable()
	client, err := cache.Open(string(a.cfg.Cache.RedisURL), a.cfg.Cache.Timeout, a.tracing)
	if err != nil {
		return err
	}
	a.redis = client
	a.outage = outage.New("redis", a.log)
	a.cleanups.add("cache", time.Second, func(context.Context) error { return client.Close() })
	a.checks = append(a.checks, health.Check{
		Name:     "cache",
		Optional: true,
		Probe:    func(ctx context.Context) error { return client.Ping(ctx).Err() },
	})

	store := cache.New(client, cache.Config{TTL: a.cfg.Cache.TTL, Timeout: a.cfg.Cache.Timeout}, a.outage)
	a.metrics.Cache(store.Stats)
	a.store = cached.NewStore(a.store, store)
	a.cleanups.start(ctx, "cache repair", func(ctx context.Context) {
		for pause(ctx, outage.Pause) {
			store.Repair(ctx)
		}
	})
	return nil
}
