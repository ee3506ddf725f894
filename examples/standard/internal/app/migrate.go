package app

import (
	"context"
	"errors"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/shop-api/internal/config"
	"example.com/shop-api/migrations"
	"example.com/shop-api/pkg/database"
)

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
