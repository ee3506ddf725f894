package middleware_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/api/middleware"
	"example.com/market-api/internal/api/record"
	"example.com/market-api/internal/telemetry"
)

// scrape returns the metrics in the text format of Prometheus.
func scrape(metrics *telemetry.Metrics) string {
	w := httptest.NewRecorder()
	metrics.Handler().ServeHTTP(w, get("/metrics"))
	return w.Body.String()
}

func TestMetricsCountRequestsByRoute(t *testing.T) {
	metrics := telemetry.NewMetrics("")
	var meanwhile string
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		meanwhile = scrape(metrics)
		record.Of(w).Route = "/orders/{id}"
		w.WriteHeader(http.StatusAccepted)
	})
	serve(handler, get("/orders/7"), middleware.Context(nil), middleware.Metrics(metrics))

	require.Contains(t, meanwhile, "\nhttp_requests_in_flight 1\n")
	text := scrape(metrics)
	require.Contains(t, text, "\nhttp_requests_in_flight 0\n")
	require.Contains(t, text, `http_requests_total{method="GET",route="/orders/{id}",status="202"} 1`)
	require.Contains(t, text, `http_request_duration_seconds_count{method="GET",route="/orders/{id}"} 1`)
}

func TestMetricsCountTheBytesOfBodies(t *testing.T) {
	metrics := telemetry.NewMetrics("")
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		record.Of(w).Route = "/orders"
		_, _ = io.CopyN(w, r.Body, 5)
		_, _ = io.WriteString(w, "!")
	})
	request := httptest.NewRequest(http.MethodPost, "/orders", strings.NewReader("hello and more"))
	serve(handler, request, middleware.Context(nil), middleware.Metrics(metrics))

	text := scrape(metrics)
	require.Contains(t, text, `http_request_body_bytes_total{method="POST",route="/orders"} 5`)
	require.Contains(t, text, `http_response_body_bytes_total{method="POST",route="/orders"} 6`)
}

func TestMetricsCountPanics(t *testing.T) {
	metrics := telemetry.NewMetrics("")
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		record.Of(w).Route = "/orders"
		panic("a bug")
	})
	serve(handler, get("/orders"), middleware.Context(nil), middleware.Metrics(metrics), middleware.Recover(newLog(t.Output())))

	text := scrape(metrics)
	require.Contains(t, text, "\nhttp_requests_in_flight 0\n")
	require.Contains(t, text, "\nhttp_request_panics_total 1\n")
	require.Contains(t, text, `http_requests_total{method="GET",route="/orders",status="500"} 1`)
}

func TestMetricsCountTimeouts(t *testing.T) {
	metrics := telemetry.NewMetrics("")
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		record.Of(w).Err = fmt.Errorf("read an order: %w", context.DeadlineExceeded)
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	serve(handler, get("/"), middleware.Context(nil), middleware.Metrics(metrics))

	require.Contains(t, scrape(metrics), "\nhttp_request_timeouts_total 1\n")
}
