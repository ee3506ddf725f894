// Package health tells whether the service can take requests.
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
	// checkTimeout bounds one check, so that an orchestrator which asks is
	// answered in time.
	checkTimeout = time.Second

	// reportAge is how long a report is given out again. It keeps those who ask
	// often from keeping the dependencies busy.
	reportAge = 500 * time.Millisecond
)

// Check is one dependency of the service.
type Check struct {
	Name string

	// Optional says that the service can do without the dependency, if less well.
	Optional bool

	// Probe returns an error while the dependency is away.
	Probe func(ctx context.Context) error
}

// The states of a service, and of its checks.
const (
	OK          = "ok"
	Degraded    = "degraded"
	Unavailable = "unavailable"
	Draining    = "draining"
)

// Report is what the checks have found.
type Report struct {
	// Status is OK, Degraded when only optional checks fail, Unavailable, or
	// Draining.
	Status string

	// Checks holds the state of each check by its name: OK or Unavailable.
	Checks map[string]string

	// Err says why checks have failed. It is for the log, not for clients.
	Err error
}

// Ready reports whether the service can take requests.
func (r Report) Ready() bool { return r.Status == OK || r.Status == Degraded }

// Checker runs the checks.
type Checker struct {
	checks   []Check
	draining atomic.Bool

	mu     sync.Mutex
	report Report
	made   time.Time
}

// New returns a Checker of some dependencies.
func New(checks ...Check) *Checker {
	return &Checker{checks: checks}
}

// Drain makes the service not ready for good, because it is about to stop.
func (c *Checker) Drain() { c.draining.Store(true) }

// Draining reports whether Drain was called.
func (c *Checker) Draining() bool { return c.draining.Load() }

// Ready runs the checks, unless they have just been run.
func (c *Checker) Ready(ctx context.Context) Report {
	if c.Draining() {
		return Report{Status: Draining}
	}

	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.made) >= reportAge {
		// Others will be given the report too, even if this caller goes away.
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
