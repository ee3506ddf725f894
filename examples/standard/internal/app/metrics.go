package app

import (
	"context"

	"example.com/shop-api/internal/telemetry"
)

func (a *App) openMetrics(context.Context) error {
	a.metrics = telemetry.NewMetrics(a.version)
	return nil
}
