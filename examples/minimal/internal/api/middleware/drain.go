package middleware

import "net/http"

// Drainer knows whether the service is about to stop.
type Drainer interface {
	Draining() bool
}

// Drain asks clients for another connection next time, once the service is
// about to stop: they find another replica, and none is cut off.
func Drain(service Drainer) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if service.Draining() {
				w.Header().Set("Connection", "close")
			}
			next.ServeHTTP(w, r)
		})
	}
}
