// Package middleware holds what every request passes before it is routed. It
// is net/http only.
package middleware

import (
	"net/http"
	"slices"
)

// Middleware puts something around a handler.
type Middleware = func(next http.Handler) http.Handler

// Chain puts middleware around a handler, the first one outermost.
func Chain(handler http.Handler, chain ...Middleware) http.Handler {
	for _, middleware := range slices.Backward(chain) {
		handler = middleware(handler)
	}
	return handler
}

// isProbe reports whether an orchestrator asks for the service's health. That
// is neither limited nor worth a line in the log.
func isProbe(r *http.Request) bool {
	return r.URL.Path == "/livez" || r.URL.Path == "/readyz"
}

// answer is a ResponseWriter that remembers what was answered.
type answer struct {
	http.ResponseWriter

	status int
	bytes  int64
}

// remember returns w as an answer, which it may be already.
func remember(w http.ResponseWriter) *answer {
	if a, ok := w.(*answer); ok {
		return a
	}
	return &answer{ResponseWriter: w}
}

// started reports whether the client has been sent anything.
func (a *answer) started() bool { return a.status != 0 }

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= http.StatusOK {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (a *answer) Write(data []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(data)
	a.bytes += int64(n)
	return n, err
}

// Flush implements http.Flusher, for handlers that look for it here.
func (a *answer) Flush() {
	// Where flushing is not possible, the answer is sent when it is complete.
	_ = http.NewResponseController(a.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController find what the writer underneath can do.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
