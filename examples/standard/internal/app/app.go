// Package app puts the service together, runs it, and takes it apart again.
package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"example.com/shop-api/internal/auth"
	"example.com/shop-api/internal/config"
	"example.com/shop-api/internal/events"
	"example.com/shop-api/internal/health"
	"example.com/shop-api/internal/telemetry"
)

// App is the service. It can be connected to from the moment that New returns
// it, and answers while Run runs.
type App struct {
	cfg      config.Config
	version  string
	log      *slog.Logger
	cleanups cleanups

	// Each step of New makes some of these for the steps after it.
	tracing      *sdktrace.TracerProvider
	metrics      *telemetry.Metrics
	repositories repositories
	redis        *redis.Client
	events       *events.Queue
	tokens       *auth.Tokens
	accounts     *auth.Service
	checks       []health.Check
	health       *health.Checker
	admin        *server
	public       *server
}

// New builds the service and opens its listeners. When it fails, it leaves
// nothing behind. The version is told to whoever observes the service.
func New(ctx context.Context, cfg config.Config, version string, log *slog.Logger) (*App, error) {
	a := &App{cfg: cfg, version: version, log: log}
	for _, step := range []func(context.Context) error{
		a.openTracing,
		a.openMetrics,
		a.openDatabase,
		a.openCache,
		a.flushTracing,
		a.openEvents,
		a.openAccounts,
		a.openAdmin,
		a.openAPI,
	} {
		err := step(ctx)
		if err != nil {
			return nil, errors.Join(err, a.cleanups.run(ctx))
		}
	}
	return a, nil
}

// Addr returns the address of the public listener.
func (a *App) Addr() string { return a.public.listener.Addr().String() }

// AdminAddr returns the address of the admin listener.
func (a *App) AdminAddr() string { return a.admin.listener.Addr().String() }

// Run answers requests until the context is done, then drains: it says that it
// is not ready, waits until nobody sends new requests, finishes the ones that
// it has, and ends what it has begun. A clean end is no error.
func (a *App) Run(ctx context.Context) error {
	ended := make(chan error, 2)
	for _, s := range []*server{a.public, a.admin} {
		go func() { ended <- s.serve() }()
	}
	a.log.InfoContext(ctx, "listening", "addr", a.Addr(), "admin_addr", a.AdminAddr(), "version", a.version)

	var failure error
	select {
	case <-ctx.Done():
		a.drain(ctx)
	case failure = <-ended:
	}
	err := errors.Join(failure, a.cleanups.run(ctx))
	a.log.InfoContext(ctx, "stopped")
	return err
}

// drain tells load balancers to send new requests elsewhere, and keeps serving
// until they have had the time to notice.
func (a *App) drain(ctx context.Context) {
	a.log.InfoContext(ctx, "draining", "delay", a.cfg.Shutdown.Delay)
	a.health.Drain()
	time.Sleep(a.cfg.Shutdown.Delay)
}
