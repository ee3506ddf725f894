package telemetry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/ratelimit"
)

func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	recorder := httptest.NewRecorder()
	m.Handler().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	require.Equal(t, http.StatusOK, recorder.Code)
	return recorder.Body.String()
}

func TestMetricsCountRequestsByRoute(t *testing.T) {
	m := NewMetrics("")
	m.RequestStarted()
	m.RequestStarted()
	m.RequestFinished(t.Context(), Request{
		Method:   http.MethodGet,
		Route:    "/things/{id}",
		Status:   http.StatusOK,
		Took:     20 * time.Millisecond,
		Received: 3,
		Sent:     5,
	})

	text := scrape(t, m)
	require.Contains(t, text, `http_requests_total{method="GET",route="/things/{id}",status="200"} 1`)
	require.Contains(t, text, `http_requests_total{method="GET",route="/things/{id}",status="500"} 0`)
	require.Contains(t, text, `http_requests_total{method="GET",route="/things/{id}",status="503"} 0`)
	require.Contains(t, text, `http_request_duration_seconds_bucket{method="GET",route="/things/{id}",le="0.025"} 1`)
	require.Contains(t, text, `http_request_body_bytes_total{method="GET",route="/things/{id}"} 3`)
	require.Contains(t, text, `http_response_body_bytes_total{method="GET",route="/things/{id}"} 5`)
	require.Contains(t, text, `http_requests_in_flight 1`)
	require.Contains(t, text, "\nhttp_request_panics_total 0\n")
	require.Contains(t, text, "\nhttp_request_timeouts_total 0\n")
	require.Contains(t, text, `go_goroutines`)
}

func TestMetricsCountPanicsAndTimeouts(t *testing.T) {
	m := NewMetrics("")
	m.RequestFinished(t.Context(), Request{Status: http.StatusInternalServerError, Panicked: true})
	m.RequestFinished(t.Context(), Request{Status: http.StatusServiceUnavailable, TimedOut: true})
	m.RequestFinished(t.Context(), Request{Status: http.StatusServiceUnavailable, TimedOut: true})

	text := scrape(t, m)
	require.Contains(t, text, "\nhttp_request_panics_total 1\n")
	require.Contains(t, text, "\nhttp_request_timeouts_total 2\n")
}

func TestUnknownRequestsShareLabels(t *testing.T) {
	m := NewMetrics("")
	m.RequestStarted()
	m.RequestFinished(t.Context(), Request{Method: "BREW", Status: http.StatusNotFound})

	require.Contains(t, scrape(t, m), `http_requests_total{method="OTHER",route="unmatched",status="404"} 1`)
}

func TestMetricsNameTheBuild(t *testing.T) {
	require.Regexp(t, `service_build_info\{goversion="go[^"]+",version="v1\.2\.3"\} 1`, scrape(t, NewMetrics("v1.2.3")))
}

// allExcept allows every key except one.
type allExcept string

func (l allExcept) Allow(_ context.Context, key string) ratelimit.Decision {
	return ratelimit.Decision{Allowed: key != string(l)}
}

func TestMetricsCountRateLimitDecisions(t *testing.T) {
	m := NewMetrics("")
	limiter := m.Limiter("client", allExcept("mallory"))
	require.True(t, limiter.Allow(t.Context(), "ann").Allowed)
	require.True(t, limiter.Allow(t.Context(), "bob").Allowed)
	require.False(t, limiter.Allow(t.Context(), "mallory").Allowed)

	text := scrape(t, m)
	require.Contains(t, text, `rate_limit_decisions_total{decision="allowed",limiter="client"} 2`)
	require.Contains(t, text, `rate_limit_decisions_total{decision="rejected",limiter="client"} 1`)
}

func TestMetricsTellWhenTheCertificateExpires(t *testing.T) {
	m := NewMetrics("")
	m.Certificate(func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		return &tls.Certificate{Leaf: &x509.Certificate{NotAfter: time.Unix(1234, 0)}}, nil
	})

	require.Contains(t, scrape(t, m), "\ntls_certificate_expiry_timestamp_seconds 1234\n")
}
