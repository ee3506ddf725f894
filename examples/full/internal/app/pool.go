package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/trace"

	"example.com/market-api/internal/config"
	"example.com/market-api/internal/health"
	"example.com/market-api/migrations"
	"example.com/market-api/pkg/database"
)

const (
	// migrationTimeout is how long one attempt to migrate may take. It is also
	// how long a database that does not answer keeps New from returning.
	migrationTimeout = 5 * time.Second

	// migrationPause is the time between two attempts.
	migrationPause = 2 * time.Second
)

// openPool opens the connections to PostgreSQL, and brings its schema up to
// date.
func (a *App) openPool(ctx context.Context) (*pgxpool.Pool, error) {
	pool, err := database.Open(ctx, databaseConfig(a.cfg.Database, a.tracing))
	if err != nil {
		return nil, err
	}
	a.cleanups.add("database", time.Second, closing(pool.Close))
	a.checks = append(a.checks, health.Check{Name: "database", Probe: pool.Ping})
	a.metrics.Database(pool.Stat)
	if a.cfg.Database.Migrate {
		a.migrate(ctx, pool)
	}
	return pool, nil
}

func databaseConfig(cfg config.Database, tracing trace.TracerProvider) database.Config {
	return database.Config{
		URL:              string(cfg.URL),
		MaxConns:         cfg.MaxConns,
		MinConns:         cfg.MinConns,
		ConnLifetime:     cfg.ConnLifetime,
		ConnIdleTime:     cfg.ConnIdleTime,
		ConnectTimeout:   cfg.ConnectTimeout,
		StatementTimeout: cfg.StatementTimeout,
		TracerProvider:   tracing,
	}
}

// migrate brings the schema up to date. If that fails, it is tried again in the
// background, and the service is not ready until it succeeds.
func (a *App) migrate(ctx context.Context, pool *pgxpool.Pool) {
	if migrateOnce(ctx, pool, a.log) {
		return
	}
	migrated := make(chan struct{})
	a.checks = append(a.checks, health.Check{Name: "migrations", Probe: func(context.Context) error {
		select {
		case <-migrated:
			return nil
		default:
			return errors.New("the database has not been migrated")
		}
	}})
	a.cleanups.start(ctx, "migrations", func(ctx context.Context) {
		for pause(ctx, migrationPause) {
			if migrateOnce(ctx, pool, a.log) {
				close(migrated)
				return
			}
		}
	})
}

// migrateOnce reports whether the schema is up to date.
func migrateOnce(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) bool {
	ctx, cancel := context.WithTimeout(ctx, migrationTimeout)
	defer cancel()
	err := database.Migrate(ctx, pool, migrations.FS, log)
	if err != nil {
		log.ErrorContext(ctx, "the database was not migrated", "error", err)
	}
	return err == nil
}

// closing makes a cleanup of a function that waits for as long as it takes.
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
