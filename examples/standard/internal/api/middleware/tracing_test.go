package middleware_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"example.com/shop-api/internal/api/middleware"
	"example.com/shop-api/internal/api/record"
	"example.com/shop-api/internal/correlation"
)

func TestTracingNamesSpanAfterRoute(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	tracing := middleware.Tracing(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)))
	var trace string
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		trace = correlation.TraceID(r.Context())
		record.Of(w).Route = "/orders/{id}"
	})
	r := get("/orders/7")
	r.Header.Set("X-Forwarded-For", "203.0.113.7")
	r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	serve(handler, r, middleware.Context(nil), tracing)

	require.Len(t, spans.Ended(), 1)
	span := spans.Ended()[0]
	require.Equal(t, "GET /orders/{id}", span.Name())
	require.Contains(t, span.Attributes(), attribute.String("http.route", "/orders/{id}"))
	require.Contains(t, span.Attributes(), attribute.String("client.address", "192.0.2.1"), "forged addresses must be ignored")
	require.Equal(t, "b7ad6b7169203331", span.Parent().SpanID().String())
	require.Equal(t, "0af7651916cd43dd8448eb211c80319c", trace)
}

func TestTracingIgnoresProbes(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	serve(ok, get("/livez"), middleware.Context(nil), middleware.Tracing(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))))

	require.Empty(t, spans.Ended())
}
