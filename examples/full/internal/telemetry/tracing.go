package telemetry

import (
	"context"
	"fmt"
	"log/slog"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// TracingConfig configures the traces.
type TracingConfig struct {
	// Endpoint is the URL of what receives spans. When it is empty, requests
	// still get trace ids, and nothing is recorded or sent.
	Endpoint string

	ServiceName    string
	ServiceVersion string
	Environment    string

	// SampleRatio is the share of the traces that start here and are recorded;
	// a trace that started elsewhere was decided on there.
	SampleRatio float64
}

// NewTracing returns a provider of tracers that sends its spans in the
// background. Its Shutdown sends those that are left.
func NewTracing(ctx context.Context, cfg TracingConfig, log *slog.Logger) (*sdktrace.TracerProvider, error) {
	if cfg.Endpoint == "" {
		return sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample())), nil
	}

	described, err := resource.New(ctx,
		resource.WithTelemetrySDK(),
		resource.WithFromEnv(),
		resource.WithAttributes(
			attribute.String("service.name", cfg.ServiceName),
			attribute.String("service.version", cfg.ServiceVersion),
			attribute.String("deployment.environment.name", cfg.Environment),
		),
	)
	if err != nil {
		return nil, fmt.Errorf("describe the service: %w", err)
	}
	exporter, err := newExporter(ctx, cfg.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("create the span exporter: %w", err)
	}
	return sdktrace.NewTracerProvider(
		sdktrace.WithResource(described),
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(cfg.SampleRatio))),
		sdktrace.WithBatcher(&loggingExporter{SpanExporter: exporter, log: log}),
	), nil
}

// loggingExporter reports a receiver that is away to the service's own log.
// OpenTelemetry would hand the error to a handler that is global.
type loggingExporter struct {
	sdktrace.SpanExporter

	log *slog.Logger
}

func (e *loggingExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := e.SpanExporter.ExportSpans(ctx, spans)
	if err != nil {
		e.log.WarnContext(ctx, "spans were not sent", "spans", len(spans), "error", err)
	}
	return nil
}
