package main

import (
	"context"
	"errors"

	"example.com/market-api/internal/app"
	"example.com/market-api/internal/config"
)

func (p process) serve(ctx context.Context, args []string) error {
	if len(args) > 0 {
		return errUsage
	}
	cfg, err := config.Load(p.environ)
	if err != nil {
		return err
	}
	log := p.logger(cfg.Log)
	log.DebugContext(ctx, "configuration", "config", cfg)
	for _, warning := range cfg.Warnings(p.environ) {
		log.WarnContext(ctx, "the configuration needs attention", "problem", warning)
	}
	service, err := app.New(ctx, cfg, version, log)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		log.InfoContext(ctx, "stopped during the start")
		return nil
	}
	if err != nil {
		return err
	}
	return service.Run(ctx)
}
