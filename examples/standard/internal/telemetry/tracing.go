package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// TracingConfig configures tracing.
type TracingConfig struct {
	// URL receives the spans. If it is empty, requests still get trace IDs, but
	// no spans are recorded or sent. Headers and Timeout are those of the
	// requests to it.
	URL     string
	Headers map[string]string
	Timeout time.Duration

	ServiceName    string
	ServiceVersion string
	Environment    string

	// Attributes describe the service, too. They take precedence over the fields
	// above.
	Attributes map[string]string

	// Sampler decides which traces are recorded. It is one of the values that
	// OpenTelemetry defines for OTEL_TRACES_SAMPLER, and SampleRatio its
	// argument.
	Sampler     string
	SampleRatio float64
}

// NewTracing returns a tracer provider that sends spans in the background. Its
// Shutdown method sends the remaining spans.
func NewTracing(ctx context.Context, cfg TracingConfig, log *slog.Logger) (*sdktrace.TracerProvider, error) {
	if cfg.URL == "" {
		return sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample())), nil
	}

	attributes := []attribute.KeyValue{
		attribute.String("service.name", cfg.ServiceName),
		attribute.String("service.version", cfg.ServiceVersion),
		attribute.String("deployment.environment.name", cfg.Environment),
	}
	for name, value := range cfg.Attributes {
		attributes = append(attributes, attribute.String(name, value))
	}
	described, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(attributes...))
	if err != nil {
		return nil, fmt.Errorf("describe the service: %w", err)
	}
	exporter, err := newExporter(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("create the span exporter: %w", err)
	}
	return sdktrace.NewTracerProvider(
		sdktrace.WithResource(described),
		sdktrace.WithSampler(sampler(cfg.Sampler, cfg.SampleRatio)),
		sdktrace.WithBatcher(&loggingExporter{SpanExporter: exporter, log: log}),
	), nil
}

// newExporter returns an exporter that sends spans to an OTLP receiver.
func newExporter(ctx context.Context, cfg TracingConfig) (sdktrace.SpanExporter, error) {
	return otlptracehttp.New(ctx,
		otlptracehttp.WithEndpointURL(cfg.URL),
		otlptracehttp.WithHeaders(cfg.Headers),
		otlptracehttp.WithTimeout(cfg.Timeout),
	)
}

// sampler returns the sampler with the given name, such as always_on or
// parentbased_always_on.
func sampler(name string, ratio float64) sdktrace.Sampler {
	name, parentBased := strings.CutPrefix(name, "parentbased_")
	root := sdktrace.TraceIDRatioBased(ratio)
	switch name {
	case "always_on":
		root = sdktrace.AlwaysSample()
	case "always_off":
		root = sdktrace.NeverSample()
	}
	if parentBased {
		return sdktrace.ParentBased(root)
	}
	return root
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
