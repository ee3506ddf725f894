package middleware

import (
	"net/http"

	"example.com/hello-api/internal/health"
)

// Drain closes connections after the response once the service is about to
// stop, so that clients reconnect to another replica.
func Drain(checker *health.Checker) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if checker.Draining() {
				w.Header().Set("Connection", "close")
			}
			next.ServeHTTP(w, r)
		})
	}
}
