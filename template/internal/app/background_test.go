package app

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBackgroundTaskIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rounds := 0
		var c cleanups
		c.start(t.Context(), "counter", func(ctx context.Context) {
			for pause(ctx, time.Minute) {
				rounds++
			}
		})

		time.Sleep(150 * time.Second)
		require.NoError(t, c.run(t.Context()))

		require.Equal(t, 2, rounds)
	})
}
