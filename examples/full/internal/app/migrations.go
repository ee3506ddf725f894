package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"example.com/market-api/internal/health"
)

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
