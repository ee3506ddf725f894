// Package api implements the HTTP API of the service.
package api

import (
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"go.opentelemetry.io/otel/trace"

	"example.com/shop-api/internal/api/middleware"
	"example.com/shop-api/internal/auth"
	"example.com/shop-api/internal/health"
	"example.com/shop-api/internal/ratelimit"
	"example.com/shop-api/internal/services"
	"example.com/shop-api/internal/telemetry"
)

// Config holds the settings of the API.
type Config struct {
	// TrustedProxies are the networks from which X-Forwarded-For and trace
	// contexts are trusted. It is nil if nobody has said what they are, and empty
	// if there are none.
	TrustedProxies []netip.Prefix

	// AllowedOrigins are the origins whose pages may call the API.
	AllowedOrigins []string

	// RequestTimeout limits the handling of a request. MaxBodyBytes limits its
	// body.
	RequestTimeout time.Duration
	MaxBodyBytes   int64

	// Docs enables the documentation at /docs.
	Docs bool
}

// Deps holds the dependencies of the API. All of them are required.
type Deps struct {
	Config Config
	Log    *slog.Logger
	Health *health.Checker

	// Limiter limits the requests of each client.
	Limiter ratelimit.Limiter

	Services Services

	// Auth signs users in.
	Auth *auth.Service

	Tokens middleware.TokenVerifier

	// AuthLimiter limits how often each client may try to sign in.
	AuthLimiter ratelimit.Limiter

	Metrics *telemetry.Metrics

	Tracer trace.TracerProvider
}

// Services holds the use cases of the resources.
type Services struct {
	Tasks *services.Tasks
}

// New returns the handler for the public listener.
func New(deps Deps) http.Handler {
	return middleware.Chain(newRouter(deps),
		middleware.Context(deps.Config.TrustedProxies),
		middleware.Forwarded(deps.Config.TrustedProxies, deps.Log, deps.Metrics.UntrustedProxy),
		middleware.Tracing(deps.Tracer, deps.Config.TrustedProxies),
		middleware.AccessLog(deps.Log),
		middleware.Metrics(deps.Metrics),
		middleware.Recover(deps.Log),
		middleware.SecurityHeaders,
		middleware.CORS(deps.Config.AllowedOrigins),
		middleware.Drain(deps.Health),
		middleware.RateLimit(deps.Limiter),
		middleware.Timeout(deps.Config.RequestTimeout),
		middleware.BodyLimit(deps.Config.MaxBodyBytes),
		middleware.Methods,
	)
}
