package database

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Migration is one numbered change of the schema.
type Migration struct {
	Name string

	// AppliedAt is when it was applied; the zero time is one that is pending.
	AppliedAt time.Time
}

// Migrate applies the pending migrations among the SQL files of fsys. Replicas
// that start together take turns: the first one does the work.
func Migrate(ctx context.Context, pool *pgxpool.Pool, fsys fs.FS, log *slog.Logger) error {
	return withProvider(pool, fsys, func(provider *goose.Provider) error {
		applied, err := provider.Up(ctx)
		// Those before a migration that fails stay applied.
		if partial := (*goose.PartialError)(nil); errors.As(err, &partial) {
			applied = partial.Applied
		}
		for _, result := range applied {
			log.InfoContext(ctx, "migration applied", "migration", result.Source.Path, "duration", result.Duration)
		}
		return err
	})
}

// MigrateDown takes back the migration that was applied last, if there is one.
func MigrateDown(ctx context.Context, pool *pgxpool.Pool, fsys fs.FS, log *slog.Logger) error {
	return withProvider(pool, fsys, func(provider *goose.Provider) error {
		result, err := provider.Down(ctx)
		if errors.Is(err, goose.ErrNoNextVersion) {
			return nil
		}
		if err != nil {
			return err
		}
		log.InfoContext(ctx, "migration taken back", "migration", result.Source.Path, "duration", result.Duration)
		return nil
	})
}

// MigrationStatus returns all migrations, oldest version first.
func MigrationStatus(ctx context.Context, pool *pgxpool.Pool, fsys fs.FS) ([]Migration, error) {
	var migrations []Migration
	err := withProvider(pool, fsys, func(provider *goose.Provider) error {
		statuses, err := provider.Status(ctx)
		for _, status := range statuses {
			migrations = append(migrations, Migration{
				Name:      status.Source.Path,
				AppliedAt: status.AppliedAt,
			})
		}
		return err
	})
	return migrations, err
}

// withProvider calls do with connections of their own, since a migration may
// take longer than the pool allows a statement to.
func withProvider(pool *pgxpool.Pool, fsys fs.FS, do func(*goose.Provider) error) (err error) {
	config := pool.Config().ConnConfig
	config.RuntimeParams["statement_timeout"] = "0"
	config.RuntimeParams["idle_in_transaction_session_timeout"] = "0"
	db := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, db.Close()) }()

	// Look every second, for up to ten minutes, whether the others are done.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 600))
	if err != nil {
		return fmt.Errorf("prepare the migration lock: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, fsys,
		goose.WithSessionLocker(locker),
		// A feature that is added later may bring migrations with lower numbers.
		goose.WithAllowOutofOrder(true),
		goose.WithDisableGlobalRegistry(true),
		goose.WithLogger(goose.NopLogger()),
	)
	if errors.Is(err, goose.ErrNoMigrations) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	if err := do(provider); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	// Connections that are open may have prepared statements of the old schema.
	pool.Reset()
	return nil
}
