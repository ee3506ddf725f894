package telemetry

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
)

// observe records a duration. If the trace of the operation is recorded, the
// trace ID is kept as an exemplar, which links the histogram to the trace.
func observe(ctx context.Context, histogram prometheus.Observer, took time.Duration) {
	span := trace.SpanContextFromContext(ctx)
	exemplars, ok := histogram.(prometheus.ExemplarObserver)
	if !ok || !span.IsSampled() {
		histogram.Observe(took.Seconds())
		return
	}
	exemplars.ObserveWithExemplar(took.Seconds(), prometheus.Labels{"trace_id": span.TraceID().String()})
}
