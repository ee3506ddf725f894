package cache

import (
	"context"

	"go.opentelemetry.io/otel/trace"
)

// childProvider provides tracers that only create child spans. Otherwise the
// pings of health checks, and the connections they open, would start traces of
// their own.
type childProvider struct{ trace.TracerProvider }

// Tracer implements trace.TracerProvider.
func (p childProvider) Tracer(name string, options ...trace.TracerOption) trace.Tracer {
	return childTracer{p.TracerProvider.Tracer(name, options...)}
}

type childTracer struct{ trace.Tracer }

// Start implements trace.Tracer.
func (t childTracer) Start(ctx context.Context, name string, options ...trace.SpanStartOption) (context.Context, trace.Span) {
	if span := trace.SpanFromContext(ctx); !span.IsRecording() {
		return ctx, span
	}
	return t.Tracer.Start(ctx, name, options...)
}
