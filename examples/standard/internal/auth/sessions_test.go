package auth_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/auth"
	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/ratelimit"
)

func TestRefresh(t *testing.T) {
	service := newService(t, unlimited)
	first := signedIn(t, service)

	second, err := service.Refresh(t.Context(), first.RefreshToken)

	require.NoError(t, err)
	require.NotEqual(t, first.RefreshToken, second.RefreshToken)
	third, err := service.Refresh(t.Context(), second.RefreshToken)
	require.NoError(t, err)
	require.NotEqual(t, second.RefreshToken, third.RefreshToken)
}

func TestRefreshTokensCannotBeGuessed(t *testing.T) {
	secret := func() string {
		content, err := base64.RawURLEncoding.DecodeString(signedIn(t, newService(t, unlimited)).RefreshToken)
		require.NoError(t, err)
		return string(content[len(uuid.UUID{}):])
	}
	first := secret()
	require.GreaterOrEqual(t, len(first), 32)
	require.NotEqual(t, first, secret())
}

// Who reads the database cannot take sessions over.
func TestRefreshTokensAreStoredAsHashes(t *testing.T) {
	sessions := newSessions()
	grant := signedIn(t, newServiceOf(t, auth.Deps{Sessions: sessions}))
	user, err := verifier.Verify(grant.AccessToken)
	require.NoError(t, err)

	stored, err := sessions.OfUser(t.Context(), user.ID, 10)

	require.NoError(t, err)
	require.Len(t, stored, 1)
	digest := sha256.Sum256([]byte(grant.RefreshToken))
	require.Equal(t, digest[:], stored[0].TokenHash)
}

func TestRefreshTellsTheCurrentRole(t *testing.T) {
	users := newUsers()
	service := newServiceOf(t, auth.Deps{Users: users})
	first := signedIn(t, service)
	require.NoError(t, auth.SetRole(t.Context(), users, email, models.RoleAdmin))

	second, err := service.Refresh(t.Context(), first.RefreshToken)

	require.NoError(t, err)
	user, err := verifier.Verify(second.AccessToken)
	require.NoError(t, err)
	require.True(t, user.HasRole(models.RoleAdmin))
}

// The sessions of a disabled account are deleted a moment later.
func TestDisabledAccountCannotRefresh(t *testing.T) {
	users := newUsers()
	service := newServiceOf(t, auth.Deps{Users: users})
	grant := signedIn(t, service)
	user, err := users.ByEmail(t.Context(), email)
	require.NoError(t, err)
	_, err = users.Update(t.Context(), user.ID, func(user *models.User) error {
		user.Disabled = true
		return nil
	})
	require.NoError(t, err)

	_, err = service.Refresh(t.Context(), grant.RefreshToken)

	requireKind(t, apperr.Unauthenticated, err)
}

func TestLostResponseCanBeRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := newService(t, unlimited)
		first := signedIn(t, service)
		lost, err := service.Refresh(t.Context(), first.RefreshToken)
		require.NoError(t, err)

		time.Sleep(grace - time.Millisecond)
		second, err := service.Refresh(t.Context(), first.RefreshToken)

		require.NoError(t, err)
		require.Equal(t, lost.RefreshToken, second.RefreshToken)
		_, err = service.Refresh(t.Context(), second.RefreshToken)
		require.NoError(t, err)
	})
}

func TestReuseAfterGraceEndsSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := newService(t, unlimited)
		first := signedIn(t, service)
		second, err := service.Refresh(t.Context(), first.RefreshToken)
		require.NoError(t, err)

		time.Sleep(grace)
		_, err = service.Refresh(t.Context(), first.RefreshToken)
		requireKind(t, apperr.Unauthenticated, err)
		_, err = service.Refresh(t.Context(), second.RefreshToken)
		requireKind(t, apperr.Unauthenticated, err)
	})
}

func TestReuseOfOldTokenEndsSession(t *testing.T) {
	service := newService(t, unlimited)
	first := signedIn(t, service)
	second, err := service.Refresh(t.Context(), first.RefreshToken)
	require.NoError(t, err)
	third, err := service.Refresh(t.Context(), second.RefreshToken)
	require.NoError(t, err)

	_, err = service.Refresh(t.Context(), first.RefreshToken)
	requireKind(t, apperr.Unauthenticated, err)

	_, err = service.Refresh(t.Context(), third.RefreshToken)
	requireKind(t, apperr.Unauthenticated, err)
}

func TestReuseDoesNotEndOtherSessions(t *testing.T) {
	service := newService(t, unlimited)
	stolen := signedIn(t, service)
	other, err := service.Login(t.Context(), email, password, client)
	require.NoError(t, err)
	next, err := service.Refresh(t.Context(), stolen.RefreshToken)
	require.NoError(t, err)
	_, err = service.Refresh(t.Context(), next.RefreshToken)
	require.NoError(t, err)
	_, err = service.Refresh(t.Context(), stolen.RefreshToken)
	requireKind(t, apperr.Unauthenticated, err)

	_, err = service.Refresh(t.Context(), other.RefreshToken)

	require.NoError(t, err)
}

func TestConcurrentRefreshesGiveSameToken(t *testing.T) {
	service := newService(t, unlimited)
	first := signedIn(t, service)
	grants, errs := make([]auth.Grant, 8), make([]error, 8)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() { grants[i], errs[i] = service.Refresh(t.Context(), first.RefreshToken) })
	}
	wait.Wait()

	for i, err := range errs {
		require.NoError(t, err)
		require.Equal(t, grants[0].RefreshToken, grants[i].RefreshToken)
	}
	_, err := service.Refresh(t.Context(), grants[0].RefreshToken)
	require.NoError(t, err)
}

func TestFailedRefreshCanBeRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := &absentUsers{Users: newUsers()}
		service := newServiceOf(t, auth.Deps{Users: users})
		grant := signedIn(t, service)

		users.err = apperr.New(apperr.Unavailable, "the database is not available")
		_, err := service.Refresh(t.Context(), grant.RefreshToken)
		requireKind(t, apperr.Unavailable, err)

		time.Sleep(time.Hour)
		users.err = nil
		_, err = service.Refresh(t.Context(), grant.RefreshToken)
		require.NoError(t, err)
	})
}

func TestEndOfSessionSurvivesDisconnect(t *testing.T) {
	sessions := &abandonedSessions{Sessions: newSessions(), leave: func() {}}
	service := newServiceOf(t, auth.Deps{Sessions: sessions})
	first := signedIn(t, service)
	second, err := service.Refresh(t.Context(), first.RefreshToken)
	require.NoError(t, err)
	third, err := service.Refresh(t.Context(), second.RefreshToken)
	require.NoError(t, err)

	reusing, leave := context.WithCancel(t.Context())
	sessions.leave = leave
	_, err = service.Refresh(reusing, first.RefreshToken)
	requireKind(t, apperr.Unauthenticated, err)

	_, err = service.Refresh(t.Context(), third.RefreshToken)
	requireKind(t, apperr.Unauthenticated, err)
}

func TestRefreshRejectsUnknownToken(t *testing.T) {
	service := newService(t, unlimited)
	unknown := base64.RawURLEncoding.EncodeToString(make([]byte, 48))
	for _, token := range []string{"", "made-up", strings.Repeat("A", 43), unknown, unknown + "=", unknown + "AAAA"} {
		_, err := service.Refresh(t.Context(), token)

		requireKind(t, apperr.Unauthenticated, err)
	}
}

func TestForgedTokenIsRejected(t *testing.T) {
	service := newService(t, unlimited)
	grant := signedIn(t, service)
	content, err := base64.RawURLEncoding.DecodeString(grant.RefreshToken)
	require.NoError(t, err)
	content[len(content)-1]++

	_, err = service.Refresh(t.Context(), base64.RawURLEncoding.EncodeToString(content))

	requireKind(t, apperr.Unauthenticated, err)
}

func TestRefreshesAreLimitedPerSession(t *testing.T) {
	tried := map[string]int{}
	service := newServiceOf(t, auth.Deps{Refreshes: limiterFunc(func(key string) ratelimit.Decision {
		tried[key]++
		return ratelimit.Decision{Allowed: tried[key] <= 1, RetryAfter: time.Minute}
	})})
	grant := signedIn(t, service)
	other, err := service.Login(t.Context(), email, password, client)
	require.NoError(t, err)
	grant, err = service.Refresh(t.Context(), grant.RefreshToken)
	require.NoError(t, err)

	_, err = service.Refresh(t.Context(), grant.RefreshToken)
	requireKind(t, apperr.RateLimited, err)
	_, err = service.Refresh(t.Context(), other.RefreshToken)
	require.NoError(t, err)
}

func TestRefreshDoesNotExtendExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sessions := newSessions()
		service := newServiceOf(t, auth.Deps{Sessions: sessions})
		grant := signedIn(t, service)

		time.Sleep(23 * time.Hour)
		grant, err := service.Refresh(t.Context(), grant.RefreshToken)
		require.NoError(t, err)
		ctx := as(t, grant)

		time.Sleep(2 * time.Hour)
		_, err = service.Refresh(t.Context(), grant.RefreshToken)
		requireKind(t, apperr.Unauthenticated, err)
		own, err := service.Sessions(ctx)
		require.NoError(t, err)
		require.Empty(t, own)

		deleted, err := auth.DeleteExpired(t.Context(), sessions)
		require.NoError(t, err)
		require.EqualValues(t, 1, deleted)
	})
}

func TestDeleteExpired(t *testing.T) {
	const count = 2500
	sessions := newSessions()
	expiry := models.StoredTime(time.Now())
	for range count {
		require.NoError(t, sessions.Create(t.Context(), models.Session{ID: uuid.New(), ExpiresAt: expiry}))
	}

	deleted, err := auth.DeleteExpired(t.Context(), sessions)

	require.NoError(t, err)
	require.EqualValues(t, count, deleted)
}

func TestLogout(t *testing.T) {
	service := newService(t, unlimited)
	grant := signedIn(t, service)

	require.NoError(t, service.Logout(t.Context(), grant.RefreshToken))
	_, err := service.Refresh(t.Context(), grant.RefreshToken)

	requireKind(t, apperr.Unauthenticated, err)
	require.NoError(t, service.Logout(t.Context(), grant.RefreshToken), "again")
	require.NoError(t, service.Logout(t.Context(), "made-up"))
}

func TestSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := newService(t, unlimited)
		first := signedIn(t, service)
		started := models.StoredTime(time.Now())
		time.Sleep(time.Hour)
		long := auth.Client{UserAgent: "a\x00" + strings.Repeat("ä", 200) + "\xff", Address: "2001:db8::1"}
		second, err := service.Login(t.Context(), email, password, long)
		require.NoError(t, err)
		first, err = service.Refresh(t.Context(), first.RefreshToken)
		require.NoError(t, err)

		own, err := service.Sessions(as(t, first))
		require.NoError(t, err)
		require.Len(t, own, 2)
		require.False(t, own[0].Current)
		require.Equal(t, "a"+strings.Repeat("ä", 127), own[0].UserAgent)
		require.Equal(t, "2001:db8::1", own[0].Address)
		require.True(t, own[1].Current)
		require.Equal(t, client.UserAgent, own[1].UserAgent)
		require.Equal(t, started, own[1].CreatedAt)
		require.Equal(t, started.Add(time.Hour), own[1].LastUsedAt)
		require.Equal(t, started.Add(24*time.Hour), own[1].ExpiresAt)

		stranger, err := service.Register(t.Context(), "bob@example.com", password, client)
		require.NoError(t, err)
		requireKind(t, apperr.NotFound, service.EndSession(as(t, stranger), own[0].ID))
		requireKind(t, apperr.NotFound, service.EndSession(as(t, first), uuid.New()))
		require.NoError(t, service.EndSession(as(t, first), own[0].ID))
		_, err = service.Refresh(t.Context(), second.RefreshToken)
		requireKind(t, apperr.Unauthenticated, err)

		require.NoError(t, service.EndSessions(as(t, first)))
		_, err = service.Refresh(t.Context(), first.RefreshToken)
		requireKind(t, apperr.Unauthenticated, err)
		_, err = service.Refresh(t.Context(), stranger.RefreshToken)
		require.NoError(t, err)
	})
}
