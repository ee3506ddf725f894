package health_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"example.com/hello-api/internal/health"
)

var errUnavailable = errors.New("connection refused")

func up(context.Context) error { return nil }

func down(context.Context) error { return errUnavailable }

func TestReady(t *testing.T) {
	tests := []struct {
		name   string
		checks []health.Check
		status string
		ready  bool
	}{
		{"no dependencies", nil, health.OK, true},
		{"all up", []health.Check{{Name: "store", Probe: up}, {Name: "cache", Probe: up, Optional: true}}, health.OK, true},
		{"an optional dependency down", []health.Check{{Name: "store", Probe: up}, {Name: "cache", Probe: down, Optional: true}}, health.Degraded, true},
		{"a required dependency down", []health.Check{{Name: "store", Probe: down}, {Name: "cache", Probe: up, Optional: true}}, health.Unavailable, false},
		{"all down", []health.Check{{Name: "store", Probe: down}, {Name: "cache", Probe: down, Optional: true}}, health.Unavailable, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			report := health.New(test.checks...).Ready(t.Context())

			require.Equal(t, test.status, report.Status)
			require.Equal(t, test.ready, report.Ready())
			require.Len(t, report.Checks, len(test.checks))
		})
	}
}

func TestReadyDoesNotDiscloseReason(t *testing.T) {
	report := health.New(health.Check{Name: "store", Probe: down}).Ready(t.Context())

	require.Equal(t, map[string]string{"store": health.Unavailable}, report.Checks)
	require.ErrorIs(t, report.Err, errUnavailable)
	require.ErrorContains(t, report.Err, "store")
}

func TestDrainTakesEffectImmediately(t *testing.T) {
	checker := health.New(health.Check{Name: "store", Probe: up})
	require.True(t, checker.Ready(t.Context()).Ready())

	checker.Drain()

	require.True(t, checker.Draining())
	require.Equal(t, health.Report{Status: health.Draining}, checker.Ready(t.Context()))
}

func TestReadyTimesOutHangingCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		checker := health.New(health.Check{Name: "store", Probe: func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}})
		started := time.Now()

		require.False(t, checker.Ready(t.Context()).Ready())
		require.LessOrEqual(t, time.Since(started), 2*time.Second)
	})
}

func TestReadyReusesRecentReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		checker := health.New(health.Check{Name: "store", Probe: func(context.Context) error { asked++; return nil }})

		for range 10 {
			checker.Ready(t.Context())
		}
		require.Equal(t, 1, asked)

		time.Sleep(time.Second)
		checker.Ready(t.Context())
		require.Equal(t, 2, asked)
	})
}
