package app

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/auth"
	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/repository"
	"example.com/shop-api/internal/telemetry"
)

// flaky is a store of sessions whose first deletion fails.
type flaky struct {
	repository.Store

	failed bool
}

func (f *flaky) Repositories() repository.Repositories {
	repositories := f.Store.Repositories()
	repositories.Sessions = flakySessions{repositories.Sessions, f}
	return repositories
}

type flakySessions struct {
	auth.SessionRepository

	store *flaky
}

func (s flakySessions) DeleteExpired(ctx context.Context, now time.Time, limit int) (int64, error) {
	if !s.store.failed {
		s.store.failed = true
		return 0, errors.New("connection refused")
	}
	return s.SessionRepository.(auth.ExpiringSessions).DeleteExpired(ctx, now, limit)
}

// full is a store that has no space for another session.
type full struct {
	repository.Store
}

func (f full) InTx(ctx context.Context, fn func(ctx context.Context, tx repository.Repositories) error) error {
	return f.Store.InTx(ctx, func(ctx context.Context, tx repository.Repositories) error {
		tx.Sessions = fullSessions{tx.Sessions}
		return fn(ctx, tx)
	})
}

type fullSessions struct {
	auth.SessionRepository
}

func (fullSessions) Create(context.Context, models.Session) error {
	return errors.New("no space left")
}

func TestAccountWithoutSessionIsNotStored(t *testing.T) {
	a := &App{cfg: load(t), log: quiet}
	a.metrics = telemetry.NewMetrics("test")
	require.NoError(t, a.openDatabase(t.Context()))
	a.store = full{a.store}
	require.NoError(t, a.openAccounts(t.Context()))

	_, err := a.accounts.Register(t.Context(), "ann@example.com", "correct horse", auth.Client{})

	require.ErrorContains(t, err, "no space left")
	_, err = a.store.Repositories().Users.ByEmail(t.Context(), "ann@example.com")
	require.Equal(t, apperr.NotFound, apperr.KindOf(err))
	require.NoError(t, a.cleanups.run(t.Context()))
}

func TestExpiredSessionsAreDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &App{cfg: load(t), log: quiet}
		a.metrics = telemetry.NewMetrics("test")
		require.NoError(t, a.openDatabase(t.Context()))
		a.store = &flaky{Store: a.store}
		sessions := a.store.Repositories().Sessions
		expired := models.Session{ID: uuid.New(), UserID: uuid.New(), ExpiresAt: time.Now().Add(time.Minute)}
		current := models.Session{ID: uuid.New(), UserID: uuid.New(), ExpiresAt: time.Now().Add(24 * time.Hour)}
		for _, session := range []models.Session{expired, current} {
			require.NoError(t, sessions.Create(t.Context(), session))
		}
		require.NoError(t, a.openAccounts(t.Context()))

		time.Sleep(3 * time.Hour)

		_, err := sessions.Get(t.Context(), expired.ID)
		require.Error(t, err)
		_, err = sessions.Get(t.Context(), current.ID)
		require.NoError(t, err)
		require.NoError(t, a.cleanups.run(t.Context()))
	})
}
