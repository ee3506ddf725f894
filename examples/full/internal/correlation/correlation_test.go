package correlation_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"example.com/market-api/internal/correlation"
)

func TestRequestID(t *testing.T) {
	require.Empty(t, correlation.RequestID(t.Context()))
	require.Empty(t, correlation.Attrs(t.Context()))

	ctx := correlation.WithRequestID(t.Context(), "r1")

	require.Equal(t, "r1", correlation.RequestID(ctx))
	attrs := correlation.Attrs(ctx)
	require.Len(t, attrs, 1)
	require.Equal(t, "request_id=r1", attrs[0].String())
}

func TestTraceID(t *testing.T) {
	require.Empty(t, correlation.TraceID(t.Context()))

	ctx := trace.ContextWithSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}}))

	require.Equal(t, "01000000000000000000000000000000", correlation.TraceID(ctx))
	attrs := correlation.Attrs(ctx)
	require.Len(t, attrs, 2)
	require.Equal(t, "trace_id=01000000000000000000000000000000", attrs[0].String())
	require.Equal(t, "span_id=0200000000000000", attrs[1].String())
}
