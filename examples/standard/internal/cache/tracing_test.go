package cache_test

import (
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"example.com/shop-api/internal/cache"
)

func TestTracingCreatesOnlyChildSpans(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	client, err := cache.Open("redis://"+miniredis.RunT(t).Addr(), time.Second, provider)
	require.NoError(t, err)
	defer func() { require.NoError(t, client.Close()) }()

	require.NoError(t, client.Ping(t.Context()).Err())
	require.Empty(t, spans.Started(), "probes must not create traces")

	ctx, request := provider.Tracer("test").Start(t.Context(), "request")
	require.NoError(t, client.Ping(ctx).Err())
	request.End()
	require.Len(t, spans.Ended(), 2)
	require.Equal(t, request.SpanContext().SpanID(), spans.Ended()[0].Parent().SpanID())
}
