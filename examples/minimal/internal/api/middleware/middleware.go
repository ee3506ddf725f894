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

// response is a ResponseWriter that records the status and the size of a
// response.
type response struct {
	http.ResponseWriter

	status int
	bytes  int64
}

// record returns w as a response. It does not wrap w again if it already is
// one.
func record(w http.ResponseWriter) *response {
	if r, ok := w.(*response); ok {
		return r
	}
	return &response{ResponseWriter: w}
}

// started reports whether anything has been sent to the client.
func (r *response) started() bool { return r.status != 0 }

// WriteHeader implements http.ResponseWriter.
func (r *response) WriteHeader(status int) {
	if r.status == 0 && status >= http.StatusOK {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (r *response) Write(data []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(data)
	r.bytes += int64(n)
	return n, err
}

// Flush implements http.Flusher, for handlers that check for it.
func (r *response) Flush() {
	// If the writer cannot flush, the response is sent when it is complete.
	_ = http.NewResponseController(r.ResponseWriter).Flush()
}

// Unwrap gives http.ResponseController access to the underlying writer.
func (r *response) Unwrap() http.ResponseWriter { return r.ResponseWriter }
