package telemetry

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSpansReachTheReceiver(t *testing.T) {
	received := make(chan []byte, 1)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/traces" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		body, _ := io.ReadAll(r.Body)
		received <- body
	}))
	defer receiver.Close()
	tracing, err := NewTracing(t.Context(), TracingConfig{Endpoint: receiver.URL + "/", ServiceName: "orders-test", SampleRatio: 1}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)

	_, span := tracing.Tracer("test").Start(t.Context(), "the span")
	span.End()
	require.NoError(t, tracing.Shutdown(t.Context()))

	body := <-received
	require.Contains(t, string(body), "the span")
	require.Contains(t, string(body), "orders-test")
}
