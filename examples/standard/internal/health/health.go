// Package health determines whether the service is ready to handle requests.
package health

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// checkTimeout limits each check, so that the probe of an orchestrator gets
	// a response in time.
	checkTimeout = time.Second

	// reportAge is how long a report is reused. It limits the load of frequent
	// probes on the dependencies.
	reportAge = 500 * time.Millisecond
)

// Check is a health check of a dependency.
type Check struct {
	Name string

	// Optional means that the service works without the dependency, with
	// limitations.
	Optional bool

	// Probe returns an error if the dependency is unavailable.
	Probe func(ctx context.Context) error
}

// The states of a service and of its checks.
const (
	OK          = "ok"
	Degraded    = "degraded"
	Unavailable = "unavailable"
	Draining    = "draining"
)

// Report is the result of the checks.
type Report struct {
	// Status is OK, Degraded if only optional checks fail, Unavailable, or
	// Draining.
	Status string

	// Checks maps the name of each check to OK or Unavailable.
	Checks map[string]string

	// Err is the reason why checks failed. It is meant for the log, not for
	// clients.
	Err error
}

// Ready reports whether the service is ready to handle requests.
func (r Report) Ready() bool { return r.Status == OK || r.Status == Degraded }

// Checker runs the checks.
type Checker struct {
	checks   []Check
	draining atomic.Bool

	mu     sync.Mutex
	report Report
	made   time.Time
}

// New returns a Checker that runs the given checks.
func New(checks ...Check) *Checker {
	return &Checker{checks: checks}
}

// Drain makes the service permanently not ready, because it is about to stop.
func (c *Checker) Drain() { c.draining.Store(true) }

// Draining reports whether Drain has been called.
func (c *Checker) Draining() bool { return c.draining.Load() }

// Ready runs the checks, or returns a recent report.
func (c *Checker) Ready(ctx context.Context) Report {
	if c.Draining() {
		return Report{Status: Draining}
	}

	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.made) >= reportAge {
		// The report is reused for other callers, so ignore the cancellation of
		// this one.
		c.report = c.run(context.WithoutCancel(ctx))
		c.made = time.Now()
	}
	return c.report
}

func (c *Checker) run(ctx context.Context) Report {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()

	failures := make([]error, len(c.checks))
	var running sync.WaitGroup
	for i, check := range c.checks {
		running.Go(func() { failures[i] = check.Probe(ctx) })
	}
	running.Wait()

	report := Report{Status: OK, Checks: make(map[string]string, len(c.checks))}
	for i, check := range c.checks {
		report.Checks[check.Name] = OK
		if failures[i] == nil {
			continue
		}
		report.Checks[check.Name] = Unavailable
		report.Err = errors.Join(report.Err, fmt.Errorf("%s: %w", check.Name, failures[i]))
		switch {
		case !check.Optional:
			report.Status = Unavailable
		case report.Status == OK:
			report.Status = Degraded
		}
	}
	return report
}
