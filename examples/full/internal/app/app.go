// Package app assembles the service, runs it, and shuts it down.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"example.com/market-api/internal/auth"
	"example.com/market-api/internal/config"
	"example.com/market-api/internal/events"
	"example.com/market-api/internal/health"
	"example.com/market-api/internal/outage"
	"example.com/market-api/internal/repository"
	"example.com/market-api/internal/telemetry"
)

// App is the service. Its listeners accept connections when New returns, and
// requests are handled while Run is running.
type App struct {
	cfg      config.Config
	version  string
	log      *slog.Logger
	cleanups cleanups

	// Each step of New sets some of these fields for the following steps.
	tracing  *sdktrace.TracerProvider
	metrics  *telemetry.Metrics
	store    repository.Store
	redis    *redis.Client
	outage   *outage.Breaker
	events   *events.Queue
	tokens   *auth.Tokens
	accounts *auth.Service
	checks   []health.Check
	health   *health.Checker
	admin    *server
	public   *server
}

// New creates the service and opens its listeners. If it fails, or if the context
// is done, it releases all resources and returns an error. The version is reported in logs and traces.
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
		if err == nil {
			err = ctx.Err()
		}
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

// Run handles requests until the context is done. It then shuts down
// gracefully: it reports "not ready", keeps serving during the shutdown delay,
// completes the requests in flight, and stops the components. It returns nil
// after a graceful shutdown.
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

// drain reports "not ready" and waits, so that load balancers stop sending new
// requests.
func (a *App) drain(ctx context.Context) {
	a.log.InfoContext(ctx, "draining", "delay", a.cfg.Shutdown.Delay)
	a.health.Drain()
	time.Sleep(a.cfg.Shutdown.Delay)
}

// openEvents starts the workers that handle change events.
func (a *App) openEvents(context.Context) error {
	a.events = events.NewQueue(events.Config{
		Capacity: a.cfg.Events.Capacity,
		Workers:  a.cfg.Events.Workers,
	}, a.metrics.EventHandler(events.Audit(a.log)), a.log)
	a.events.Start()
	a.cleanups.add("events", 5*time.Second, a.events.Stop)
	a.metrics.Events(a.events.Stats)
	return nil
}

// cleanups stops components in reverse order of creation, because later
// components may use earlier ones.
type cleanups struct {
	steps []cleanup
}

type cleanup struct {
	name    string
	timeout time.Duration
	run     func(ctx context.Context) error
}

// add registers a cleanup and the maximum time that it may take.
func (c *cleanups) add(name string, timeout time.Duration, run func(ctx context.Context) error) {
	c.steps = append(c.steps, cleanup{name: name, timeout: timeout, run: run})
}

// run runs all cleanups once, even if the context is done. It continues if a
// cleanup fails or times out.
func (c *cleanups) run(ctx context.Context) error {
	var failures []error
	for _, step := range slices.Backward(c.steps) {
		err := step.within(context.WithoutCancel(ctx))
		if err != nil {
			failures = append(failures, fmt.Errorf("stop %s: %w", step.name, err))
		}
	}
	c.steps = nil
	return errors.Join(failures...)
}

func (c cleanup) within(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	return c.run(ctx)
}

// start runs a task in the background until it returns or the service stops.
// The task continues if ctx is canceled.
func (c *cleanups) start(ctx context.Context, name string, task func(ctx context.Context)) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		task(ctx)
	}()
	c.add(name, time.Second, func(ctx context.Context) error {
		cancel()
		return wait(ctx, done)
	})
}

// wait waits until done is closed or the context is done.
func wait(ctx context.Context, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pause waits for the given time. It returns false if the context is done
// first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
