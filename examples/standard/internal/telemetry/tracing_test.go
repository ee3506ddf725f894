package telemetry

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestExportFailureIsLogged(t *testing.T) {
	receiver := httptest.NewServer(http.NotFoundHandler())
	defer receiver.Close()
	var log bytes.Buffer
	tracing, err := NewTracing(t.Context(), TracingConfig{Endpoint: receiver.URL, SampleRatio: 1}, slog.New(slog.NewTextHandler(&log, nil)))
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
