package middleware

import (
	"net/http"
	"net/netip"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"example.com/market-api/internal/api/record"
)

// Tracing creates a span for each request. It continues the trace of a trusted
// proxy. Another client does not decide which traces are recorded, so its trace
// is only linked to a new one. A span that is not recorded costs no more than its
// IDs.
func Tracing(tracers trace.TracerProvider, trustedProxies []netip.Prefix) Middleware {
	tracer := tracers.Tracer("example.com/market-api/internal/api/middleware")
	kind := trace.WithSpanKind(trace.SpanKindServer)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if isProbe(r) {
				next.ServeHTTP(w, r)
				return
			}
			ctx := propagator().Extract(r.Context(), propagation.HeaderCarrier(r.Header))
			options := []trace.SpanStartOption{kind}
			if !isTrusted(r, trustedProxies) {
				options = append(options, trace.WithNewRoot())
				if remote := trace.SpanContextFromContext(ctx); remote.IsValid() {
					options = append(options, trace.WithLinks(trace.Link{SpanContext: remote}))
				}
			}
			ctx, span := tracer.Start(ctx, r.Method, options...)
			defer span.End()
			if span.IsRecording() {
				span.SetAttributes(requestAttributes(r)...)
				defer func() { describe(span, r, record.Of(w)) }()
			}
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}

func requestAttributes(r *http.Request) []attribute.KeyValue {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return []attribute.KeyValue{
		attribute.String("http.request.method", r.Method),
		attribute.String("url.scheme", scheme),
		attribute.String("url.path", r.URL.Path),
		attribute.String("server.address", r.Host),
		attribute.String("user_agent.original", r.UserAgent()),
		// Unlike the header, this address takes only trusted proxies into
		// account.
		attribute.String("client.address", ClientIP(r.Context())),
	}
}

// describe adds the route and the response to a span.
func describe(span trace.Span, r *http.Request, response *record.Response) {
	if response.Route != "" {
		span.SetName(r.Method + " " + response.Route)
		span.SetAttributes(attribute.String("http.route", response.Route))
	}
	span.SetAttributes(
		attribute.Int("http.response.status_code", response.Status),
		attribute.Int64("http.response.body.size", response.Bytes),
	)
	if response.Status >= http.StatusInternalServerError {
		span.SetStatus(codes.Error, "")
	}
}
