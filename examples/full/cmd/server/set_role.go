package main

import (
	"context"

	"example.com/market-api/internal/app"
	"example.com/market-api/internal/config"
)

func (p process) setRole(ctx context.Context, args []string) error {
	if len(args) != 2 {
		return errUsage
	}
	cfg, err := config.LoadSections[config.Job](p.environ)
	if err != nil {
		return err
	}
	return app.SetRole(ctx, cfg.Database, args[0], args[1])
}
