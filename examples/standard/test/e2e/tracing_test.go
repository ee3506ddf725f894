package e2e_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// receive returns the settings of a service that sends its spans to this test,
// and the text of what was sent.
func receive(t *testing.T) (settings []string, sent func() string) {
	t.Helper()
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "10")
	var mu sync.Mutex
	var all strings.Builder
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			body, _ = gzip.NewReader(r.Body)
		}
		text, _ := io.ReadAll(body)
		mu.Lock()
		defer mu.Unlock()
		_, _ = all.Write(text)
		_, _ = all.WriteString(r.Header.Get("X-Api-Key"))
	}))
	t.Cleanup(receiver.Close)
	settings = []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + receiver.URL, "OTEL_EXPORTER_OTLP_HEADERS=x-api-key=open-sesame"}
	return settings, func() string {
		mu.Lock()
		defer mu.Unlock()
		return all.String()
	}
}

func TestSpansAreSent(t *testing.T) {
	settings, sent := receive(t)
	s := start(t, append(settings, "TRACE_SAMPLE_RATIO=1")...)
	expected := []string{"GET /openapi.yaml", "open-sesame"}
	expected = append(expected, "redis")
	if s.cfg.Database.URL != "" {
		register(t, s)
		expected = append(expected, "postgresql")
	}

	(&client{t: t, service: s}).call(http.StatusOK, http.MethodGet, "/openapi.yaml", nil)
	require.NoError(t, s.stop()) // sends the remaining spans

	for _, text := range expected {
		require.Contains(t, sent(), text)
	}
}

func TestTracesAreSampled(t *testing.T) {
	settings, sent := receive(t)
	s := start(t, append(settings, "TRACE_SAMPLE_RATIO=0")...)

	(&client{t: t, service: s}).call(http.StatusOK, http.MethodGet, "/openapi.yaml", nil)
	require.NoError(t, s.stop())

	require.NotContains(t, sent(), "GET /openapi.yaml")
}
