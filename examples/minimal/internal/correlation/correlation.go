// Package correlation identifies the request that work is done for, so that its
// log lines can be found.
package correlation

import (
	"context"
	"log/slog"
)

type requestIDKey struct{}

// WithRequestID returns a context for a request with the given ID.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

// RequestID returns the ID of the request. Outside of a request it is empty.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// Attrs returns the attributes to add to all log lines of the request.
func Attrs(ctx context.Context) []slog.Attr {
	var attrs []slog.Attr
	if id := RequestID(ctx); id != "" {
		attrs = append(attrs, slog.String("request_id", id))
	}
	return attrs
}
