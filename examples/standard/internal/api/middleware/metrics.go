package middleware

import (
	"net/http"
	"time"

	"example.com/shop-api/internal/reqctx"
)

// RequestMetrics counts requests.
type RequestMetrics interface {
	RequestStarted()

	// RequestFinished is told the template of the path, which is empty when no
	// route matched.
	RequestFinished(method, route string, status int, took time.Duration)
}

// Metrics counts each request and measures how long it takes.
func Metrics(metrics RequestMetrics) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			started := time.Now()
			answer := remember(w)
			metrics.RequestStarted()
			defer func() {
				metrics.RequestFinished(r.Method, reqctx.From(r.Context()).Route, answer.status, time.Since(started))
			}()
			next.ServeHTTP(answer, r)
		})
	}
}
