package main

import (
	"context"
	"fmt"
	"time"

	"example.com/shop-api/internal/app"
	"example.com/shop-api/internal/config"
)

func (p process) migrate(ctx context.Context, args []string) error {
	if len(args) == 0 {
		args = []string{"up"}
	}
	if len(args) > 1 {
		return errUsage
	}
	cfg, err := config.LoadSections[config.Job](p.environ)
	if err != nil {
		return err
	}
	switch args[0] {
	case "up":
		return app.MigrateUp(ctx, cfg.Database, p.logger(cfg.Log))
	case "down":
		return app.MigrateDown(ctx, cfg.Database, p.logger(cfg.Log))
	case "status":
		return p.migrationStatus(ctx, cfg.Database)
	default:
		return errUsage
	}
}

func (p process) migrationStatus(ctx context.Context, cfg config.Database) error {
	migrations, err := app.MigrationStatus(ctx, cfg)
	for _, migration := range migrations {
		applied := "pending"
		if !migration.AppliedAt.IsZero() {
			applied = migration.AppliedAt.UTC().Format(time.DateTime)
		}
		fmt.Fprintf(p.stdout, "%-20s  %s\n", applied, migration.Name)
	}
	return err
}
