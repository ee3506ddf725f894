package telemetry

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

func TestExportFailureIsLogged(t *testing.T) {
	receiver := httptest.NewServer(http.NotFoundHandler())
	defer receiver.Close()
	var log bytes.Buffer
	tracing, err := NewTracing(t.Context(), TracingConfig{URL: receiver.URL, Timeout: time.Second, SampleRatio: 1}, slog.New(slog.NewTextHandler(&log, nil)))
	require.NoError(t, err)

	_, span := tracing.Tracer("test").Start(t.Context(), "the span")
	span.End()
	require.NoError(t, tracing.Shutdown(t.Context()))

	require.Contains(t, log.String(), "failed to send spans")
}

func TestTraceIDsWithoutEndpoint(t *testing.T) {
	tracing, err := NewTracing(t.Context(), TracingConfig{SampleRatio: 1}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)

	_, span := tracing.Tracer("test").Start(t.Context(), "the span")

	require.True(t, span.SpanContext().HasTraceID())
	require.False(t, span.IsRecording())
	require.NoError(t, tracing.Shutdown(t.Context()))
}

func TestSampler(t *testing.T) {
	remote := trace.SpanContextConfig{TraceID: trace.TraceID{0xff, 8: 0xff}, SpanID: trace.SpanID{1}, Remote: true}
	unsampled := trace.ContextWithRemoteSpanContext(t.Context(), trace.NewSpanContext(remote))
	remote.TraceFlags = trace.FlagsSampled
	sampled := trace.ContextWithRemoteSpanContext(t.Context(), trace.NewSpanContext(remote))
	for _, test := range []struct {
		name                                 string
		ratio                                float64
		root, underSampled, underNotRecorded bool
	}{
		{"always_on", 0, true, true, true},
		{"always_off", 1, false, false, false},
		{"traceidratio", 0, false, false, false},
		{"traceidratio", 1, true, true, true},
		{"parentbased_always_on", 0, true, true, false},
		{"parentbased_always_off", 1, false, true, false},
		{"parentbased_traceidratio", 0, false, true, false},
		{"parentbased_traceidratio", 1, true, true, false},
	} {
		tracer := sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler(test.name, test.ratio))).Tracer("test")
		for parent, want := range map[context.Context]bool{t.Context(): test.root, sampled: test.underSampled, unsampled: test.underNotRecorded} {
			_, span := tracer.Start(parent, "the span")
			require.Equal(t, want, span.IsRecording(), "%s %v", test.name, test.ratio)
			span.End()
		}
	}
}
