// Package middleware contains the middleware that handles requests before
// routing. It only depends on net/http.
package middleware

import (
	"net/http"
	"slices"
)

// Middleware wraps a handler.
type Middleware = func(next http.Handler) http.Handler

// Chain wraps a handler in middleware. The first one is the outermost.
func Chain(handler http.Handler, chain ...Middleware) http.Handler {
	for _, middleware := range slices.Backward(chain) {
		handler = middleware(handler)
	}
	return handler
}

// isProbe reports whether a request is a health check of an orchestrator. These
// are not rate limited, and are only logged at debug level.
func isProbe(r *http.Request) bool {
	return r.URL.Path == "/livez" || r.URL.Path == "/readyz"
}
