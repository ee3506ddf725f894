package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// cleanups take apart what was built, in the reverse order: what was built last
// may use everything that was built before it.
type cleanups struct {
	steps []cleanup
}

type cleanup struct {
	name    string
	timeout time.Duration
	run     func(ctx context.Context) error
}

// add registers what has to be done at the end, and how long it may take.
func (c *cleanups) add(name string, timeout time.Duration, run func(ctx context.Context) error) {
	c.steps = append(c.steps, cleanup{name: name, timeout: timeout, run: run})
}

// start runs a task in the background until it returns, or until the end. The
// context of its caller may end before.
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

// run runs all cleanups, once, although the context may have ended. One that
// fails or takes too long does not keep the others from running.
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

// wait waits until done is closed, but no longer than the context lasts.
func wait(ctx context.Context, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pause waits for a time; it reports false when the context ended first.
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
