package middleware

import (
	"net/http"
	"time"

	"example.com/market-api/internal/reqctx"
)

// RequestMetrics records metrics of requests.
type RequestMetrics interface {
	RequestStarted()

	// RequestFinished is called with the path template, which is empty if no
	// route matched.
	RequestFinished(method, route string, status int, took time.Duration)
}

// Metrics records the number and the duration of requests.
func Metrics(metrics RequestMetrics) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			started := time.Now()
			response := record(w)
			metrics.RequestStarted()
			defer func() {
				metrics.RequestFinished(r.Method, reqctx.From(r.Context()).Route, response.status, time.Since(started))
			}()
			next.ServeHTTP(response, r)
		})
	}
}
