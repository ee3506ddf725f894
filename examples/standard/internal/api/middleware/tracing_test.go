package middleware_test

import (
	"net/http"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"example.com/shop-api/internal/api/middleware"
	"example.com/shop-api/internal/api/record"
	"example.com/shop-api/internal/correlation"
)

func TestTracingNamesSpanAfterRoute(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	tracing := middleware.Tracing(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)), nil)
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
	require.Equal(t, span.SpanContext().TraceID().String(), trace)
}

// traced sends a request that is part of a recorded trace, and returns its span
// if that is recorded, too.
func traced(t *testing.T, tracing func([]netip.Prefix) middleware.Middleware, spans *tracetest.SpanRecorder, trusted ...netip.Prefix) sdktrace.ReadOnlySpan {
	t.Helper()
	before := len(spans.Ended())
	r := get("/orders/7")
	r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	serve(ok, r, middleware.Context(trusted), tracing(trusted))
	if ended := spans.Ended(); len(ended) > before {
		return ended[before]
	}
	return nil
}

// recording returns the middleware with a sampler for the traces that start
// here.
func recording(root sdktrace.Sampler) (func([]netip.Prefix) middleware.Middleware, *tracetest.SpanRecorder) {
	spans := tracetest.NewSpanRecorder()
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans), sdktrace.WithSampler(sdktrace.ParentBased(root)))
	return func(trusted []netip.Prefix) middleware.Middleware { return middleware.Tracing(tracer, trusted) }, spans
}

func TestStrangersDoNotDecideWhatIsRecorded(t *testing.T) {
	tracing, spans := recording(sdktrace.TraceIDRatioBased(0))
	for range 100 {
		require.Nil(t, traced(t, tracing, spans))
	}
	require.Nil(t, traced(t, tracing, spans, netip.MustParsePrefix("10.0.0.0/8")))
}

func TestTraceOfStrangerIsLinked(t *testing.T) {
	tracing, spans := recording(sdktrace.AlwaysSample())

	span := traced(t, tracing, spans)

	require.False(t, span.Parent().IsValid())
	require.NotEqual(t, "0af7651916cd43dd8448eb211c80319c", span.SpanContext().TraceID().String())
	require.Len(t, span.Links(), 1)
	require.Equal(t, "0af7651916cd43dd8448eb211c80319c", span.Links()[0].SpanContext.TraceID().String())
}

func TestTraceOfTrustedProxyContinues(t *testing.T) {
	tracing, spans := recording(sdktrace.NeverSample())

	span := traced(t, tracing, spans, netip.MustParsePrefix("192.0.2.0/24"))

	require.NotNil(t, span)
	require.Equal(t, "0af7651916cd43dd8448eb211c80319c", span.SpanContext().TraceID().String())
	require.Equal(t, "b7ad6b7169203331", span.Parent().SpanID().String())
}

func TestTracingDescribesResponse(t *testing.T) {
	for status, code := range map[int]codes.Code{http.StatusNotFound: codes.Unset, http.StatusBadGateway: codes.Error} {
		spans := tracetest.NewSpanRecorder()
		tracing := middleware.Tracing(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)), nil)
		handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte("12345"))
		})
		serve(handler, get("/orders/7?token=secret"), middleware.Context(nil), tracing)

		require.Len(t, spans.Ended(), 1)
		span := spans.Ended()[0]
		require.Equal(t, trace.SpanKindServer, span.SpanKind())
		require.Equal(t, code, span.Status().Code)
		require.Contains(t, span.Attributes(), attribute.String("http.request.method", "GET"))
		require.Contains(t, span.Attributes(), attribute.String("url.path", "/orders/7"))
		require.Contains(t, span.Attributes(), attribute.Int("http.response.status_code", status))
		require.Contains(t, span.Attributes(), attribute.Int("http.response.body.size", 5))
	}
}

func TestTracingIgnoresProbes(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	serve(ok, get("/livez"), middleware.Context(nil), middleware.Tracing(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)), nil))

	require.Empty(t, spans.Ended())
}
