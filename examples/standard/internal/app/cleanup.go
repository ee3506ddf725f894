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
