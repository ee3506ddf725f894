// Package api is the service as its clients see it over HTTP.
package api

import (
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"example.com/hello-api/internal/api/handlers"
	"example.com/hello-api/internal/api/middleware"
	"example.com/hello-api/internal/health"
	"example.com/hello-api/internal/ratelimit"
)

// Config holds the settings of the API.
type Config struct {
	// TrustedProxies are the networks whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix

	// AllowedOrigins are the sites whose pages may call the API.
	AllowedOrigins []string

	// RequestTimeout bounds the work on one request, MaxBodyBytes its body.
	RequestTimeout time.Duration
	MaxBodyBytes   int64

	// Docs serves the documentation at /docs.
	Docs bool
}

// Deps is what the API is made of. All of it is required.
type Deps struct {
	Config Config
	Log    *slog.Logger
	Health *health.Checker

	// Limiter limits the requests of each client.
	Limiter ratelimit.Limiter

	Services Services
}

// Services are the use cases behind the resources.
type Services struct {
	Tasks handlers.TaskService
}

// New returns the handler of the public port.
func New(deps Deps) http.Handler {
	return middleware.Chain(routes(deps),
		middleware.Context(deps.Config.TrustedProxies),
		middleware.AccessLog(deps.Log),
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
