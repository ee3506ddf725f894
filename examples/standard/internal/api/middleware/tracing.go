package middleware

import (
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"example.com/shop-api/internal/api/record"
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

// named adds the route to the span.
func named(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		span := trace.SpanFromContext(r.Context())
		// Unlike the header, this address takes only trusted proxies into
		// account.
		span.SetAttributes(attribute.String("client.address", ClientIP(r.Context())))
		defer func() {
			if route := record.Of(w).Route; route != "" {
				span.SetName(r.Method + " " + route)
				span.SetAttributes(attribute.String("http.route", route))
			}
		}()
		next.ServeHTTP(w, r)
	})
}
