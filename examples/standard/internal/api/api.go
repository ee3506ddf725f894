// Package api implements the HTTP API of the service.
package api

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"go.opentelemetry.io/otel/trace"

	spec "example.com/shop-api/api"
	"example.com/shop-api/internal/api/middleware"
	"example.com/shop-api/internal/api/record"
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
	Customers *services.Customers
	Orders    *services.Orders
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

// livez is the liveness probe. It does not check dependencies, because a
// restart of the service would not help if one is down.
func livez(w http.ResponseWriter, _ *http.Request) {
	writeState(w, http.StatusOK, state{Status: health.OK})
}

// readyz is the readiness probe.
func readyz(checker *health.Checker) func(w http.ResponseWriter, r *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		report := checker.Ready(r.Context())
		record.Of(w).Err = report.Err
		status := http.StatusOK
		if !report.Ready() {
			status = http.StatusServiceUnavailable
		}
		writeState(w, status, state{Status: report.Status, Checks: report.Checks})
	}
}

// state is the JSON representation of the health of the service.
type state struct {
	Status string            `json:"status"`
	Checks map[string]string `json:"checks,omitempty"`
}

func writeState(w http.ResponseWriter, status int, body state) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)

	// This only fails if the client has disconnected.
	_ = json.NewEncoder(w).Encode(body)
}

// openAPI serves the OpenAPI spec.
func openAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/yaml")
	_, _ = w.Write(spec.OpenAPI)
}
