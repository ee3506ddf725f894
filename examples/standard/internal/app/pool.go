package app

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/shop-api/internal/config"
	"example.com/shop-api/internal/health"
	"example.com/shop-api/migrations"
	"example.com/shop-api/pkg/database"
)

// openPool opens the PostgreSQL connection pool and migrates the schema if that
// is enabled.
func (a *App) openPool(ctx context.Context) (*pgxpool.Pool, error) {
	cfg := databaseConfig(a.cfg.Database)
	cfg.Observe = a.metrics.Operations()
	cfg.TracerProvider = a.tracing
	pool, err := database.Open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	a.cleanups.add("database", time.Second, closing(pool.Close))
	a.checks = append(a.checks, health.Check{Name: "database", Probe: pool.Ping})
	a.metrics.Database(pool.Stat)
	if a.cfg.Database.Migrate {
		a.migrate(ctx, func(ctx context.Context) error {
			return database.Migrate(ctx, pool, migrations.FS, a.log)
		})
	} else {
		a.awaitMigrations(func(ctx context.Context) ([]string, error) {
			return database.MissingMigrations(ctx, pool, migrations.FS)
		})
	}
	return pool, nil
}

func databaseConfig(cfg config.Database) database.Config {
	return database.Config{
		URL:              string(cfg.URL),
		Pooler:           cfg.Pooler,
		MaxConns:         cfg.MaxConns,
		MinConns:         cfg.MinConns,
		ConnLifetime:     cfg.ConnLifetime,
		ConnIdleTime:     cfg.ConnIdleTime,
		ConnectTimeout:   cfg.ConnectTimeout,
		StatementTimeout: cfg.StatementTimeout,
	}
}

// closing converts a blocking function to a cleanup.
func closing(closeAll func()) func(context.Context) error {
	return func(ctx context.Context) error {
		done := make(chan struct{})
		go func() {
			defer close(done)
			closeAll()
		}()
		return wait(ctx, done)
	}
}
