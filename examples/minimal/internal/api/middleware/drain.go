package middleware

import "net/http"

// Drainer reports whether the service is about to stop.
type Drainer interface {
	Draining() bool
}

// Drain closes connections after the response once the service is about to
// stop, so that clients reconnect to another replica.
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
