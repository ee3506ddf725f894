package database

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// lockAttempts is how often a replica checks, once a second, whether another one
// is done.
const lockAttempts = 600

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
		var applied []*goose.MigrationResult
		err := locked(ctx, pool, func() (err error) {
			applied, err = provider.Up(ctx)
			return err
		})
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
		var result *goose.MigrationResult
		err := locked(ctx, pool, func() (err error) {
			result, err = provider.Down(ctx)
			return err
		})
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

// MissingMigrations returns the files of fsys that are not applied. It only reads
// the table of applied migrations. A user that may not read it gets none.
func MissingMigrations(ctx context.Context, pool *pgxpool.Pool, fsys fs.FS) ([]string, error) {
	files, err := fs.Glob(fsys, "*.sql")
	if err != nil || len(files) == 0 {
		return nil, err
	}
	rows, err := pool.Query(ctx, "SELECT version_id FROM goose_db_version WHERE is_applied")
	if err != nil {
		return nil, err
	}
	applied, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if refused := (*pgconn.PgError)(nil); errors.As(err, &refused) {
		switch refused.Code {
		case "42P01": // undefined_table
			return files, nil
		case "42501": // insufficient_privilege
			return nil, nil
		}
	}
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(files, func(file string) bool {
		version, err := goose.NumericComponent(file)
		return err != nil || slices.Contains(applied, version)
	}), nil
}

// withProvider calls do with a separate set of connections, because a migration
// may take longer than the statement timeout of the pool.
func withProvider(pool *pgxpool.Pool, fsys fs.FS, do func(*goose.Provider) error) (err error) {
	config := pool.Config().ConnConfig
	opts := []goose.ProviderOption{
		// A feature added later may bring migrations with lower numbers.
		goose.WithAllowOutofOrder(true),
		goose.WithDisableGlobalRegistry(true),
		goose.WithLogger(goose.NopLogger()),
	}
	if _, limited := config.RuntimeParams[statementTimeout]; limited {
		config.RuntimeParams[statementTimeout] = "0"
		config.RuntimeParams[transactionTimeout] = "0"
		// Check every second, for up to ten minutes, whether another replica is
		// done.
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, lockAttempts))
		if err != nil {
			return fmt.Errorf("prepare the migration lock: %w", err)
		}
		opts = append(opts, goose.WithSessionLocker(locker))
	} else {
		config.Tracer = nil // it limits statements
	}
	db := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, db.Close()) }()

	provider, err := goose.NewProvider(goose.DialectPostgres, db, fsys, opts...)
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

// locked calls do while no other replica migrates. Behind a pooler, only a
// transaction keeps its connection, so it holds the lock. Otherwise the provider
// holds the lock itself.
func locked(ctx context.Context, pool *pgxpool.Pool, do func() error) error {
	config := pool.Config().ConnConfig
	if _, limited := config.RuntimeParams[statementTimeout]; limited {
		return do()
	}
	config.Tracer = nil // it limits statements
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	for range lockAttempts {
		// A replica that waits holds no transaction, because the pooler has only
		// a few connections.
		won := false
		err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "SET LOCAL "+transactionTimeout+" = 0")
			if err != nil {
				return err
			}
			err = tx.QueryRow(ctx, "SELECT pg_try_advisory_xact_lock($1)", lock.DefaultLockID).Scan(&won)
			if err != nil || !won {
				return err
			}
			return do()
		})
		if err != nil || won {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
	return errors.New("another replica has migrated the database for too long")
}
