package middleware

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"example.com/shop-api/internal/api/record"
	"example.com/shop-api/internal/telemetry"
)

// AccessLog logs each request after its response has been sent. It omits the
// query and the bodies, because they may contain secrets.
func AccessLog(log *slog.Logger) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			started := time.Now()
			response := record.Of(w)
			defer func() {
				level := level(r, response.Status, response.Err)
				if !log.Enabled(r.Context(), level) {
					return
				}
				// Without a source position, which would be the same in each line.
				line := slog.NewRecord(time.Now(), level, "request", 0)
				line.AddAttrs(
					slog.String("method", r.Method),
					slog.String("route", response.Route),
					slog.String("path", r.URL.Path),
					slog.Int("status", response.Status),
					slog.Int64("bytes", response.Bytes),
					slog.Float64("duration_ms", float64(time.Since(started).Microseconds())/1000),
					slog.String("client_ip", ClientIP(r.Context())),
				)
				if response.UserID != uuid.Nil {
					line.AddAttrs(slog.String("user_id", response.UserID.String()))
				}
				if response.Err != nil {
					line.AddAttrs(slog.Any("error", response.Err))
				}
				// Nobody can be told that the log cannot be written.
				_ = log.Handler().Handle(r.Context(), line)
			}()
			next.ServeHTTP(w, r)
		})
	}
}

func level(r *http.Request, status int, err error) slog.Level {
	switch {
	case isProbe(r) && err == nil:
		// It is not an error to be not ready during shutdown.
		return slog.LevelDebug
	case status >= http.StatusInternalServerError:
		return slog.LevelError
	case isProbe(r):
		return slog.LevelDebug
	default:
		return slog.LevelInfo
	}
}

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

// Tracing creates a span for each request. It continues the trace of a trusted
// proxy. Another client does not decide which traces are recorded, so its trace
// is only linked to a new one. A span that is not recorded costs no more than its
// IDs.
func Tracing(tracers trace.TracerProvider, trustedProxies []netip.Prefix) Middleware {
	tracer := tracers.Tracer("example.com/shop-api/internal/api/middleware")
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

// propagator returns the trace context format that clients use: W3C Trace
// Context.
func propagator() propagation.TextMapPropagator {
	return propagation.TraceContext{}
}
