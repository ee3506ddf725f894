package main

import (
	"context"

	"example.com/market-api/internal/app"
)

func (p process) setRole(ctx context.Context, args []string) error {
	if len(args) != 2 {
		return errUsage
	}
	cfg, _, err := p.configure()
	if err != nil {
		return err
	}
	return app.SetRole(ctx, cfg, args[0], args[1])
}
