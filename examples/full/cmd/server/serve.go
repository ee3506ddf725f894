package main

import (
	"context"

	"example.com/market-api/internal/app"
)

func (p process) serve(ctx context.Context, args []string) error {
	if len(args) > 0 {
		return errUsage
	}
	cfg, log, err := p.configure()
	if err != nil {
		return err
	}
	log.DebugContext(ctx, "configuration", "config", cfg)
	service, err := app.New(ctx, cfg, version, log)
	if err != nil {
		return err
	}
	return service.Run(ctx)
}
