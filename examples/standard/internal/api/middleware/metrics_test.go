package middleware_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/api/middleware"
	"example.com/shop-api/internal/reqctx"
)

type count struct {
	method, route string
	status        int
}

type counter struct {
	running  int
	finished []count
}

func (c *counter) RequestStarted() { c.running++ }

func (c *counter) RequestFinished(method, route string, status int, _ time.Duration) {
	c.running--
	c.finished = append(c.finished, count{method, route, status})
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
	require.Equal(t, []count{{http.MethodGet, "/orders/{id}", http.StatusAccepted}}, metrics.finished)
}

func TestMetricsCountPanics(t *testing.T) {
	metrics := &counter{}
	handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a bug") })
	serve(handler, get("/"), middleware.Context(nil), middleware.Metrics(metrics), middleware.Recover(newLog(t.Output())))

	require.Zero(t, metrics.running)
	require.Equal(t, []count{{http.MethodGet, "", http.StatusInternalServerError}}, metrics.finished)
}
