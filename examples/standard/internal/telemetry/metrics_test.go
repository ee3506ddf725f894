package telemetry

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	recorder := httptest.NewRecorder()
	m.Handler().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	require.Equal(t, http.StatusOK, recorder.Code)
	return recorder.Body.String()
}

func TestMetricsCountRequestsByRoute(t *testing.T) {
	m := NewMetrics()
	m.RequestStarted()
	m.RequestStarted()
	m.RequestFinished(http.MethodGet, "/things/{id}", http.StatusOK, 20*time.Millisecond)

	text := scrape(t, m)
	require.Contains(t, text, `http_requests_total{method="GET",route="/things/{id}",status="200"} 1`)
	require.Contains(t, text, `http_request_duration_seconds_bucket{method="GET",route="/things/{id}",le="0.025"} 1`)
	require.Contains(t, text, `http_requests_in_flight 1`)
	require.Contains(t, text, `go_goroutines`)
}

func TestUnknownRequestsShareLabels(t *testing.T) {
	m := NewMetrics()
	m.RequestStarted()
	m.RequestFinished("BREW", "", http.StatusNotFound, time.Millisecond)

	require.Contains(t, scrape(t, m), `http_requests_total{method="OTHER",route="unmatched",status="404"} 1`)
}
