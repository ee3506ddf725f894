package outage_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/outage"
)

var errDown = errors.New("down")

func TestOneCallerPerPauseTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		breaker := outage.New("server", slog.New(slog.DiscardHandler))
		require.True(t, breaker.Ready())
		require.False(t, breaker.Report(t.Context(), errDown))

		for range 3 {
			require.False(t, breaker.Ready())
			time.Sleep(outage.Pause)
			var ready atomic.Int64
			var callers sync.WaitGroup
			for range 50 {
				callers.Go(func() {
					if breaker.Ready() {
						ready.Add(1)
					}
				})
			}
			callers.Wait()
			require.EqualValues(t, 1, ready.Load())
		}

		require.True(t, breaker.Report(t.Context(), nil))
		require.True(t, breaker.Ready())
	})
}

func TestOutageIsLoggedOnce(t *testing.T) {
	var log strings.Builder
	breaker := outage.New("server", slog.New(slog.NewTextHandler(&log, nil)))
	for range 3 {
		breaker.Report(t.Context(), errDown)
	}
	require.Equal(t, 1, strings.Count(log.String(), "server is unavailable"))
	for range 3 {
		breaker.Report(t.Context(), nil)
	}
	require.Equal(t, 1, strings.Count(log.String(), "server is available again"))
}

func TestCanceledCallerIsNoOutage(t *testing.T) {
	breaker := outage.New("server", slog.New(slog.DiscardHandler))
	ctx, leave := context.WithCancel(t.Context())
	leave()
	require.False(t, breaker.Report(ctx, errDown))
	require.True(t, breaker.Ready())
}
