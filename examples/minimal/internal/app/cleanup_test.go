package app

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestCleanupsRunInReverseOrder(t *testing.T) {
	var order []string
	var c cleanups
	for _, name := range []string{"first", "second", "third"} {
		c.add(name, time.Second, func(context.Context) error {
			order = append(order, name)
			return nil
		})
	}

	require.NoError(t, c.run(t.Context()))
	require.NoError(t, c.run(t.Context()), "cleanups must run only once")

	require.Equal(t, []string{"third", "second", "first"}, order)
}

func TestCleanupsContinueAfterFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reached := false
		var c cleanups
		c.add("first", time.Second, func(context.Context) error {
			reached = true
			return nil
		})
		c.add("slow", time.Second, func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		c.add("broken", time.Second, func(context.Context) error { return errors.New("no") })

		err := c.run(t.Context())

		require.True(t, reached)
		require.ErrorContains(t, err, "stop broken: no")
		require.ErrorContains(t, err, "stop slow: context deadline exceeded")
	})
}

func TestCleanupsIgnoreCancellation(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var c cleanups
	c.add("first", time.Second, func(ctx context.Context) error { return ctx.Err() })

	require.NoError(t, c.run(ctx))
}
