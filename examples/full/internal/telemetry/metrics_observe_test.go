package telemetry

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
)

// inTrace returns a context with a span of a trace.
func inTrace(ctx context.Context, flags trace.TraceFlags) context.Context {
	return trace.ContextWithSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
		TraceID:    trace.TraceID{0xab},
		SpanID:     trace.SpanID{1},
		TraceFlags: flags,
	}))
}

func scrapeOpenMetrics(t *testing.T, m *Metrics) string {
	t.Helper()
	request := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	request.Header.Set("Accept", "application/openmetrics-text; version=1.0.0")
	recorder := httptest.NewRecorder()
	m.Handler().ServeHTTP(recorder, request)
	require.Contains(t, recorder.Header().Get("Content-Type"), "application/openmetrics-text")
	return recorder.Body.String()
}

func TestRecordedTracesBecomeExemplars(t *testing.T) {
	m := NewMetrics("")
	request := Request{Method: http.MethodGet, Route: "/things", Status: http.StatusOK, Took: 20 * time.Millisecond}
	m.RequestFinished(inTrace(t.Context(), trace.FlagsSampled), request)

	text := scrapeOpenMetrics(t, m)
	require.Contains(t, text, `{method="GET",route="/things",le="0.025"} 1 # {trace_id="ab000000000000000000000000000000"} 0.02 `)
}

func TestOtherRequestsHaveNoExemplars(t *testing.T) {
	m := NewMetrics("")
	request := Request{Method: http.MethodGet, Route: "/things", Status: http.StatusOK, Took: time.Millisecond}
	m.RequestFinished(inTrace(t.Context(), 0), request)
	m.RequestFinished(t.Context(), request)

	require.NotContains(t, scrapeOpenMetrics(t, m), "trace_id")
}
