package app

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9/logging"

	"example.com/market-api/internal/cache"
	"example.com/market-api/internal/health"
	"example.com/market-api/internal/repository/cached"
)

// openCache puts Redis before the repositories. The service does without when
// Redis is away.
func (a *App) openCache(context.Context) error {
	if a.cfg.Cache.RedisURL == "" {
		return nil
	}
	// The client would write to the standard error, in a format of its own. Those
	// who use it log it when Redis is away.
	logging.Disable()
	client, err := cache.Open(string(a.cfg.Cache.RedisURL), a.cfg.Cache.Timeout, a.tracing)
	if err != nil {
		return err
	}
	a.redis = client
	a.cleanups.add("cache", time.Second, func(context.Context) error { return client.Close() })
	a.checks = append(a.checks, health.Check{
		Name:     "cache",
		Optional: true,
		Probe:    func(ctx context.Context) error { return client.Ping(ctx).Err() },
	})

	store := cache.New(client, cache.Config{TTL: a.cfg.Cache.TTL, Timeout: a.cfg.Cache.Timeout}, a.log)
	a.metrics.Cache(store.Stats)
	a.repositories.Customers = cached.NewCustomers(a.repositories.Customers, store)
	a.repositories.PriceLists = cached.NewPriceLists(a.repositories.PriceLists, store)
	a.repositories.Orders = cached.NewOrders(a.repositories.Orders, store)
	return nil
}
