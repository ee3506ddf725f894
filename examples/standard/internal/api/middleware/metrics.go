package middleware

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"example.com/shop-api/internal/api/record"
	"example.com/shop-api/internal/telemetry"
)

// Metrics records the number, the duration and the size of requests.
func Metrics(metrics *telemetry.Metrics) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			started := time.Now()
			response := record.Of(w)
			body := &countingBody{ReadCloser: r.Body}
			if r.Body != http.NoBody {
				r.Body = body
			}
			metrics.RequestStarted()
			defer func() {
				metrics.RequestFinished(r.Context(), telemetry.Request{
					Method:   r.Method,
					Route:    response.Route,
					Status:   response.Status,
					Took:     time.Since(started),
					Received: body.bytes,
					Sent:     response.Bytes,
					Panicked: errors.Is(response.Err, errPanic),
					TimedOut: errors.Is(response.Err, context.DeadlineExceeded),
				})
			}()
			next.ServeHTTP(w, r)
		})
	}
}

// countingBody counts the bytes that are read from a request body.
type countingBody struct {
	io.ReadCloser

	bytes int64
}

// Read implements io.Reader.
func (b *countingBody) Read(data []byte) (int, error) {
	n, err := b.ReadCloser.Read(data)
	b.bytes += int64(n)
	return n, err
}
