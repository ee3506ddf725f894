package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

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
