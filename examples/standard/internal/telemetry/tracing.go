package telemetry

import (
	"context"
	"fmt"
	"log/slog"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// TracingConfig configures tracing.
type TracingConfig struct {
	// Endpoint is the URL that receives the spans. If it is empty, requests
	// still get trace IDs, but no spans are recorded or sent.
	Endpoint string

	ServiceName    string
	ServiceVersion string
	Environment    string

	// SampleRatio is the fraction of traces to record. It applies to traces
	// that start in this service. Traces that start elsewhere keep the decision
	// made there.
	SampleRatio float64
}

// NewTracing returns a tracer provider that sends spans in the background. Its
// Shutdown method sends the remaining spans.
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

// loggingExporter logs export errors to the log of the service. By default
// OpenTelemetry passes them to a global handler.
type loggingExporter struct {
	sdktrace.SpanExporter

	log *slog.Logger
}

func (e *loggingExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := e.SpanExporter.ExportSpans(ctx, spans)
	if err != nil {
		e.log.WarnContext(ctx, "failed to send spans", "spans", len(spans), "error", err)
	}
	return nil
}
