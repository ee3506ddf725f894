package main

import (
	"context"
	"fmt"
	"time"

	"example.com/market-api/internal/app"
	"example.com/market-api/internal/config"
)

func (p process) migrate(ctx context.Context, args []string) error {
	if len(args) == 0 {
		args = []string{"up"}
	}
	if len(args) > 1 {
		return errUsage
	}
	cfg, log, err := p.configure()
	if err != nil {
		return err
	}
	switch args[0] {
	case "up":
		return app.MigrateUp(ctx, cfg, log)
	case "down":
		return app.MigrateDown(ctx, cfg, log)
	case "status":
		return p.migrationStatus(ctx, cfg)
	default:
		return errUsage
	}
}

func (p process) migrationStatus(ctx context.Context, cfg config.Config) error {
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
