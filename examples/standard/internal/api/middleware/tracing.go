package middleware

import (
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"example.com/shop-api/internal/reqctx"
)

// Tracing creates a span for each request, in the trace of the client if there
// is one.
func Tracing(tracer trace.TracerProvider) Middleware {
	return func(next http.Handler) http.Handler {
		return otelhttp.NewHandler(named(next), "request",
			otelhttp.WithTracerProvider(tracer),
			otelhttp.WithPropagators(propagator()),
			otelhttp.WithFilter(func(r *http.Request) bool { return !isProbe(r) }),
		)
	}
}

// named adds the IDs of the span to the log, and the route to the span.
func named(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		span := trace.SpanFromContext(r.Context())
		info := reqctx.From(r.Context())
		if context := span.SpanContext(); context.IsValid() {
			info.TraceID = context.TraceID().String()
			info.SpanID = context.SpanID().String()
		}
		// Unlike the header, this address takes only trusted proxies into
		// account.
		span.SetAttributes(attribute.String("client.address", info.ClientIP))
		defer func() {
			if info.Route != "" {
				span.SetName(r.Method + " " + info.Route)
				span.SetAttributes(attribute.String("http.route", info.Route))
			}
		}()
		next.ServeHTTP(w, r)
	})
}
