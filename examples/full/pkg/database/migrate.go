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

// Migration is a versioned change of the schema.
type Migration struct {
	Name string

	// AppliedAt is when the migration was applied. It is zero if the migration
	// is pending.
	AppliedAt time.Time
}

// Migrate applies the pending migrations in the SQL files of fsys. A lock
// ensures that only one replica applies them.
func Migrate(ctx context.Context, pool *pgxpool.Pool, fsys fs.FS, log *slog.Logger) error {
	return withProvider(pool, fsys, func(provider *goose.Provider) error {
		applied, err := provider.Up(ctx)
		// If a migration fails, the previous ones remain applied.
		if partial := (*goose.PartialError)(nil); errors.As(err, &partial) {
			applied = partial.Applied
		}
		for _, result := range applied {
			log.InfoContext(ctx, "migration applied", "migration", result.Source.Path, "duration", result.Duration)
		}
		return err
	})
}

// MigrateDown rolls back the last applied migration, if there is one.
func MigrateDown(ctx context.Context, pool *pgxpool.Pool, fsys fs.FS, log *slog.Logger) error {
	return withProvider(pool, fsys, func(provider *goose.Provider) error {
		result, err := provider.Down(ctx)
		if errors.Is(err, goose.ErrNoNextVersion) {
			return nil
		}
		if err != nil {
			return err
		}
		log.InfoContext(ctx, "migration rolled back", "migration", result.Source.Path, "duration", result.Duration)
		return nil
	})
}

// MigrationStatus returns all migrations in order of version.
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

// withProvider calls do with a separate set of connections, because a migration
// may take longer than the statement timeout of the pool.
func withProvider(pool *pgxpool.Pool, fsys fs.FS, do func(*goose.Provider) error) (err error) {
	config := pool.Config().ConnConfig
	config.RuntimeParams["statement_timeout"] = "0"
	config.RuntimeParams["idle_in_transaction_session_timeout"] = "0"
	db := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, db.Close()) }()

	// Check every second, for up to ten minutes, whether another replica is
	// done.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 600))
	if err != nil {
		return fmt.Errorf("prepare the migration lock: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, fsys,
		goose.WithSessionLocker(locker),
		// A feature added later may bring migrations with lower numbers.
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
	// Open connections may have prepared statements for the old schema.
	pool.Reset()
	return nil
}
