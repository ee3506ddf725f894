package telemetry

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSpansReachTheReceiver(t *testing.T) {
	received := make(chan []byte, 1)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/traces" || r.Header.Get("Api-Key") != "the key" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		body, _ := io.ReadAll(r.Body)
		received <- body
	}))
	defer receiver.Close()
	tracing, err := NewTracing(t.Context(), TracingConfig{
		URL:            receiver.URL + "/v1/traces",
		Headers:        map[string]string{"Api-Key": "the key"},
		Timeout:        time.Second,
		ServiceName:    "replaced",
		ServiceVersion: "v1",
		Attributes:     map[string]string{"service.name": "orders-test", "cloud.region": "eu"},
		Sampler:        "always_on",
	}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)

	_, span := tracing.Tracer("test").Start(t.Context(), "the span")
	span.End()
	require.NoError(t, tracing.Shutdown(t.Context()))

	body := <-received
	for _, part := range []string{"the span", "orders-test", "v1", "cloud.region"} {
		require.Contains(t, string(body), part)
	}
	require.NotContains(t, string(body), "replaced")
}
