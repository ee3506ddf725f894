package app

import (
	"context"
	"time"
)

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
