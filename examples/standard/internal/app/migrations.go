package app

import (
	"context"
	"errors"
	"time"

	"example.com/shop-api/internal/health"
)

const (
	// migrationTimeout is how long New waits for the first attempt to migrate, and
	// so for a database that does not answer.
	migrationTimeout = 5 * time.Second

	// migrationPause is the time between two attempts.
	migrationPause = 2 * time.Second
)

// migrate brings the schema up to date, which is what apply does. If that fails,
// or takes too long, it is tried again in the background, where each attempt has
// the time that it needs, and the service is not ready until one succeeds.
func (a *App) migrate(ctx context.Context, apply func(ctx context.Context) error) {
	first, cancel := context.WithTimeout(ctx, migrationTimeout)
	defer cancel()
	if a.migrateOnce(first, apply) {
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
			if a.migrateOnce(ctx, apply) {
				close(migrated)
				return
			}
		}
	})
}

// migrateOnce reports whether the schema is up to date.
func (a *App) migrateOnce(ctx context.Context, apply func(ctx context.Context) error) bool {
	err := apply(ctx)
	if err != nil {
		a.log.ErrorContext(ctx, "the database was not migrated", "error", err)
	}
	return err == nil
}
