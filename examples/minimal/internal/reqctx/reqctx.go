// Package reqctx carries what is known about the current request. One value
// per request travels in the context; the layers fill it in as they learn more.
package reqctx

import (
	"context"
	"log/slog"
)

// Info is what is known about one request.
type Info struct {
	// ID is the request id, given by the client or drawn here.
	ID string

	// Route is the template of the path, /api/v1/orders/{id}; it is empty until
	// the router has matched one.
	Route string

	// ClientIP is the address of the client, behind trusted proxies only.
	ClientIP string

	// Err is why the request failed. It is for the log; the client sees less.
	Err error
}

type key struct{}

// With returns a context that carries info.
func With(ctx context.Context, info *Info) context.Context {
	return context.WithValue(ctx, key{}, info)
}

// From returns the request's info; outside a request it is empty, never nil.
func From(ctx context.Context) *Info {
	if info, ok := ctx.Value(key{}).(*Info); ok {
		return info
	}
	return &Info{}
}

// Attrs returns what each log line of the request says about it.
func Attrs(ctx context.Context) []slog.Attr {
	info := From(ctx)
	var attrs []slog.Attr
	if info.ID != "" {
		attrs = append(attrs, slog.String("request_id", info.ID))
	}
	return attrs
}
