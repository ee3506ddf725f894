package app

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// takes returns a migration that takes some time.
func takes(d time.Duration) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		if !pause(ctx, d) {
			return ctx.Err()
		}
		return nil
	}
}

func TestStartWaitsForShortMigration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &App{log: quiet}

		a.migrate(t.Context(), takes(4*time.Second))

		require.Len(t, a.checks, 1)
		require.NoError(t, a.checks[0].Probe(t.Context()))
	})
}

func TestLongMigrationContinuesInBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, started := &App{log: quiet}, time.Now()
		defer func() { require.NoError(t, a.cleanups.run(t.Context())) }()

		a.migrate(t.Context(), takes(time.Hour))

		require.Equal(t, migrationTimeout, time.Since(started))
		require.Len(t, a.checks, 1)
		require.Error(t, a.checks[0].Probe(t.Context()))
		time.Sleep(2 * time.Hour)
		require.NoError(t, a.checks[0].Probe(t.Context()))
	})
}

func TestFailedMigrationIsRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, attempts := &App{log: quiet}, 0
		defer func() { require.NoError(t, a.cleanups.run(t.Context())) }()

		a.migrate(t.Context(), func(context.Context) error {
			attempts++
			if attempts < 4 {
				return errors.New("connection refused")
			}
			return nil
		})

		require.Error(t, a.checks[0].Probe(t.Context()))
		time.Sleep(4 * migrationPause)
		require.NoError(t, a.checks[0].Probe(t.Context()))
		require.Equal(t, 4, attempts)
	})
}

func TestServiceWaitsForMigrationsOfOthers(t *testing.T) {
	a := &App{log: quiet}
	asked := 0
	names, problem := []string{"00001_a.sql", "00002_b.sql"}, error(nil)
	a.awaitMigrations(func(context.Context) ([]string, error) {
		asked++
		return names, problem
	})
	require.Len(t, a.checks, 1)
	require.Equal(t, "migrations", a.checks[0].Name)
	require.False(t, a.checks[0].Optional)
	probe := func() error { return a.checks[0].Probe(t.Context()) }

	require.ErrorContains(t, probe(), "00001_a.sql, 00002_b.sql")
	problem = errors.New("connection refused")
	require.ErrorIs(t, probe(), problem)
	names, problem = nil, nil
	require.NoError(t, probe())
	names, problem = []string{"00003_c.sql"}, errors.New("connection refused")
	require.NoError(t, probe())
	require.Equal(t, 3, asked)
}

func TestBackgroundMigrationStopsWithService(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &App{log: quiet}
		a.migrate(t.Context(), takes(time.Hour))
		time.Sleep(time.Minute)

		require.NoError(t, a.cleanups.run(t.Context()))

		require.Error(t, a.checks[0].Probe(t.Context()))
	})
}
