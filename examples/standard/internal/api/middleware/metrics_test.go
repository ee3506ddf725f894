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

	"example.com/shop-api/internal/api/middleware"
	"example.com/shop-api/internal/reqctx"
	"example.com/shop-api/internal/telemetry"
)

type counter struct {
	running  int
	finished []telemetry.Request
}

func (c *counter) RequestStarted() { c.running++ }

func (c *counter) RequestFinished(_ context.Context, request telemetry.Request) {
	c.running--
	request.Took = 0
	c.finished = append(c.finished, request)
}

func TestMetricsCountRequestsByRoute(t *testing.T) {
	metrics := &counter{}
	running := 0
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		running = metrics.running
		reqctx.From(r.Context()).Route = "/orders/{id}"
		w.WriteHeader(http.StatusAccepted)
	})
	serve(handler, get("/orders/7"), middleware.Context(nil), middleware.Metrics(metrics))

	require.Equal(t, 1, running)
	require.Zero(t, metrics.running)
	require.Equal(t, []telemetry.Request{{Method: http.MethodGet, Route: "/orders/{id}", Status: http.StatusAccepted}}, metrics.finished)
}

func TestMetricsCountTheBytesOfBodies(t *testing.T) {
	metrics := &counter{}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.CopyN(w, r.Body, 5)
	})
	request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("hello and more"))
	serve(handler, request, middleware.Context(nil), middleware.Metrics(metrics))

	require.Equal(t, []telemetry.Request{{Method: http.MethodPost, Status: http.StatusOK, Received: 5, Sent: 5}}, metrics.finished)
}

func TestMetricsCountPanics(t *testing.T) {
	metrics := &counter{}
	handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a bug") })
	serve(handler, get("/"), middleware.Context(nil), middleware.Metrics(metrics), middleware.Recover(newLog(t.Output())))

	require.Zero(t, metrics.running)
	require.Len(t, metrics.finished, 1)
	require.Equal(t, http.StatusInternalServerError, metrics.finished[0].Status)
	require.True(t, metrics.finished[0].Panicked)
}

func TestMetricsCountTimeouts(t *testing.T) {
	metrics := &counter{}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reqctx.From(r.Context()).Err = fmt.Errorf("read an order: %w", context.DeadlineExceeded)
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	serve(handler, get("/"), middleware.Context(nil), middleware.Metrics(metrics))

	require.Equal(t, []telemetry.Request{{Method: http.MethodGet, Status: http.StatusServiceUnavailable, TimedOut: true}}, metrics.finished)
}
