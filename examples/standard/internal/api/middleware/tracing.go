package middleware

import (
	"net/http"
	"net/netip"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"example.com/shop-api/internal/api/record"
)

// Tracing creates a span for each request. It continues the trace of a trusted
// proxy. Another client does not decide which traces are recorded, so its trace
// is only linked to a new one.
func Tracing(tracer trace.TracerProvider, trustedProxies []netip.Prefix) Middleware {
	return func(next http.Handler) http.Handler {
		return otelhttp.NewHandler(named(next), "request",
			otelhttp.WithTracerProvider(tracer),
			otelhttp.WithPropagators(propagator()),
			otelhttp.WithPublicEndpointFn(func(r *http.Request) bool { return !isTrusted(r, trustedProxies) }),
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
