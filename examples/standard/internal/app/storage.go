package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9/logging"

	"example.com/shop-api/internal/auth"
	"example.com/shop-api/internal/cache"
	"example.com/shop-api/internal/config"
	"example.com/shop-api/internal/health"
	"example.com/shop-api/internal/outage"
	"example.com/shop-api/internal/repository/cached"
	"example.com/shop-api/internal/repository/memory"
	"example.com/shop-api/internal/repository/postgres"
	"example.com/shop-api/migrations"
	"example.com/shop-api/pkg/database"
)

// openDatabase opens the database. If the database is down, the service starts
// anyway, but is not ready.
func (a *App) openDatabase(ctx context.Context) error {
	if a.cfg.Database.URL == "" {
		a.log.WarnContext(ctx, "DATABASE_URL is not set: data is stored in memory and lost when the service stops")
		a.store = memory.NewStore()
		return nil
	}
	pool, err := a.openPool(ctx)
	if err != nil {
		return err
	}
	a.store = postgres.NewStore(pool)
	return nil
}

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

const (
	// migrationTimeout is how long New waits for the first attempt to migrate.
	// It is the maximum delay if the database does not respond.
	migrationTimeout = 5 * time.Second

	// migrationPause is the interval between attempts.
	migrationPause = 2 * time.Second
)

// migrate updates the schema with apply. If apply fails or times out, migrate
// retries it in the background without a timeout, and the service is not ready
// until it succeeds.
func (a *App) migrate(ctx context.Context, apply func(ctx context.Context) error) {
	migrated := make(chan struct{})
	a.checks = append(a.checks, health.Check{Name: "migrations", Probe: func(context.Context) error {
		select {
		case <-migrated:
			return nil
		default:
			return errors.New("the database has not been migrated yet")
		}
	}})
	first, cancel := context.WithTimeout(ctx, migrationTimeout)
	defer cancel()
	if a.migrateOnce(first, apply) {
		close(migrated)
		return
	}
	a.cleanups.start(ctx, "migrations", func(ctx context.Context) {
		for pause(ctx, migrationPause) {
			if a.migrateOnce(ctx, apply) {
				close(migrated)
				return
			}
		}
	})
}

// awaitMigrations keeps the service from being ready until somebody else has
// applied its migrations. missing returns those that are not applied. It is not
// asked again once they are.
func (a *App) awaitMigrations(missing func(ctx context.Context) ([]string, error)) {
	var applied atomic.Bool
	a.checks = append(a.checks, health.Check{Name: "migrations", Probe: func(ctx context.Context) error {
		if applied.Load() {
			return nil
		}
		names, err := missing(ctx)
		if err != nil {
			return err
		}
		if len(names) > 0 {
			return fmt.Errorf("the database has no %s: run \"server migrate\"", strings.Join(names, ", "))
		}
		applied.Store(true)
		return nil
	}})
}

// migrateOnce makes one attempt and reports whether it succeeded.
func (a *App) migrateOnce(ctx context.Context, apply func(ctx context.Context) error) bool {
	err := apply(ctx)
	if err != nil {
		a.log.ErrorContext(ctx, "failed to migrate the database", "error", err)
	}
	return err == nil
}

// MigrateUp applies the pending migrations.
func MigrateUp(ctx context.Context, cfg config.Database, log *slog.Logger) error {
	return withPool(ctx, cfg, func(pool *pgxpool.Pool) error {
		return database.Migrate(ctx, pool, migrations.FS, log)
	})
}

// MigrateDown rolls back the last applied migration.
func MigrateDown(ctx context.Context, cfg config.Database, log *slog.Logger) error {
	return withPool(ctx, cfg, func(pool *pgxpool.Pool) error {
		return database.MigrateDown(ctx, pool, migrations.FS, log)
	})
}

// MigrationStatus returns all migrations in order of version.
func MigrationStatus(ctx context.Context, cfg config.Database) ([]database.Migration, error) {
	var status []database.Migration
	err := withPool(ctx, cfg, func(pool *pgxpool.Pool) (err error) {
		status, err = database.MigrationStatus(ctx, pool, migrations.FS)
		return err
	})
	return status, err
}

// withPool calls do with a pool for the configured database.
func withPool(ctx context.Context, cfg config.Database, do func(pool *pgxpool.Pool) error) error {
	if cfg.URL == "" {
		return errors.New("DATABASE_URL must be set")
	}
	pool, err := database.Open(ctx, databaseConfig(cfg))
	if err != nil {
		return err
	}
	defer pool.Close()
	return do(pool)
}

// SetRole sets the role of the user with the given email. Use it to create the
// first admin.
func SetRole(ctx context.Context, cfg config.Database, email, role string) error {
	return withPool(ctx, cfg, func(pool *pgxpool.Pool) error {
		return auth.SetRole(ctx, postgres.NewUsers(pool), email, role)
	})
}

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
