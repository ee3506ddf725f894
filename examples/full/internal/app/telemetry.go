package app

import (
	"context"
	"time"

	"example.com/market-api/internal/telemetry"
)

func (a *App) openMetrics(context.Context) error {
	a.metrics = telemetry.NewMetrics(a.version)
	return nil
}

func (a *App) openTracing(ctx context.Context) error {
	spans := a.cfg.Tracing.Spans()
	tracing, err := telemetry.NewTracing(ctx, telemetry.TracingConfig{
		URL:            spans.URL,
		Headers:        spans.Headers,
		Timeout:        spans.Timeout,
		ServiceName:    "market-api",
		ServiceVersion: a.version,
		Environment:    string(a.cfg.App.Env),
		Attributes:     spans.Attributes,
		Sampler:        spans.Sampler,
		SampleRatio:    spans.SampleRatio,
	}, a.log)
	if err != nil {
		return err
	}
	a.tracing = tracing
	a.cleanups.add("tracing", time.Second, a.sending(tracing.Shutdown))
	return nil
}

// flushTracing is a separate step after the pools are opened, so that during
// shutdown the remaining spans are sent before the pools are closed.
func (a *App) flushTracing(context.Context) error {
	a.cleanups.add("spans", 3*time.Second, a.sending(a.tracing.ForceFlush))
	return nil
}

// sending wraps a function that sends the remaining spans. Lost spans are
// logged, but are not a failure.
func (a *App) sending(send func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		err := send(ctx)
		if err != nil {
			a.log.WarnContext(ctx, "failed to send the remaining spans", "error", err)
		}
		return nil
	}
}
