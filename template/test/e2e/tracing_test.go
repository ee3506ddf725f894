package e2e_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSpansAreSent(t *testing.T) {
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "10")
	sent := make(chan string, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			body, _ = gzip.NewReader(r.Body)
		}
		text, _ := io.ReadAll(body)
		sent <- string(text)
	}))
	defer receiver.Close()
	s := start(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+receiver.URL)

	(&client{t: t, service: s}).call(http.StatusOK, http.MethodGet, "/openapi.yaml", nil)

	require.Eventually(t, func() bool {
		select {
		case text := <-sent:
			return strings.Contains(text, "GET /openapi.yaml")
		default:
			return false
		}
	}, 10*time.Second, 10*time.Millisecond)
}
