package auth_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/auth"
	"example.com/market-api/internal/models"
	"example.com/market-api/internal/ratelimit"
	"example.com/market-api/internal/repository/memory"
	"example.com/market-api/internal/reqctx"
)

const (
	email    = "ann@example.com"
	password = "correct horse"
)

// limiterFunc implements ratelimit.Limiter with a function.
type limiterFunc func(key string) ratelimit.Decision

func (f limiterFunc) Allow(_ context.Context, key string) ratelimit.Decision { return f(key) }

func unlimited(string) ratelimit.Decision { return ratelimit.Decision{Allowed: true} }

func newService(t testing.TB, attempts limiterFunc) *auth.Service {
	t.Helper()
	return newServiceOf(t, memory.NewUsers(), memory.NewRefreshTokens(), attempts)
}

func newServiceOf(t testing.TB, users auth.UserRepository, refreshTokens auth.RefreshTokenRepository, attempts limiterFunc) *auth.Service {
	t.Helper()
	tokens, err := auth.NewTokens(auth.Config{
		Secret:     "0123456789abcdef0123456789abcdef",
		Issuer:     "issuer",
		Audience:   "audience",
		AccessTTL:  15 * time.Minute,
		RefreshTTL: 24 * time.Hour,
	})
	require.NoError(t, err)
	return auth.NewService(users, refreshTokens, tokens, auth.NewHasher(2), attempts)
}

// signedIn registers a user and signs in.
func signedIn(t testing.TB, service *auth.Service) auth.Grant {
	t.Helper()
	_, err := service.Register(t.Context(), email, password)
	require.NoError(t, err)
	grant, err := service.Login(t.Context(), email, password)
	require.NoError(t, err)
	return grant
}

func requireKind(t testing.TB, want apperr.Kind, err error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, want, apperr.KindOf(err), "%v", err)
}

func TestRegister(t *testing.T) {
	service := newService(t, unlimited)

	user, err := service.Register(t.Context(), "  Ann@Example.COM ", password)

	require.NoError(t, err)
	require.Equal(t, email, user.Email)
	require.Equal(t, models.RoleUser, user.Role)
	require.NotContains(t, user.PasswordHash, password)

	found, err := service.User(t.Context(), user.ID)
	require.NoError(t, err)
	require.Equal(t, user, found)
}

func TestRegisterRejectsTakenEmail(t *testing.T) {
	service := newService(t, unlimited)
	signedIn(t, service)

	_, err := service.Register(t.Context(), strings.ToUpper(email), password)

	requireKind(t, apperr.Conflict, err)
}

func TestRegisterReportsInvalidFields(t *testing.T) {
	service := newService(t, unlimited)
	for _, test := range []struct {
		name, email, password string
		fields                []string
	}{
		{"no email", "", password, []string{"email"}},
		{"an email without a host", "ann", password, []string{"email"}},
		{"an email with a name", "Ann <ann@example.com>", password, []string{"email"}},
		{"a long email", strings.Repeat("a", 250) + "@example.com", password, []string{"email"}},
		{"a short password", email, "hunter2", []string{"password"}},
		{"a long password", email, strings.Repeat("x", 129), []string{"password"}},
		{"nothing", "", "", []string{"email", "password"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := service.Register(t.Context(), test.email, test.password)

			refused := (*apperr.Error)(nil)
			require.ErrorAs(t, err, &refused)
			require.Equal(t, apperr.Invalid, refused.Kind)
			var fields []string
			for _, field := range refused.Fields {
				fields = append(fields, field.Name)
			}
			require.Equal(t, test.fields, fields)
		})
	}
}

func TestRegisterAcceptsLongPassphrase(t *testing.T) {
	service := newService(t, unlimited)
	passphrase := strings.Repeat("ä", auth.MaxPasswordLength)

	_, err := service.Register(t.Context(), email, passphrase)
	require.NoError(t, err)
	_, err = service.Login(t.Context(), email, passphrase)
	require.NoError(t, err)
}

func TestLogin(t *testing.T) {
	grant := signedIn(t, newService(t, unlimited))

	require.NotEmpty(t, grant.AccessToken)
	require.Len(t, grant.RefreshToken, 43)
	require.Equal(t, 15*time.Minute, grant.ExpiresIn)
}

func TestLoginDoesNotDiscloseReason(t *testing.T) {
	service := newService(t, unlimited)
	signedIn(t, service)

	_, wrongPassword := service.Login(t.Context(), email, "hunter2hunter2")
	_, unknown := service.Login(t.Context(), "bob@example.com", password)

	requireKind(t, apperr.Unauthenticated, wrongPassword)
	requireKind(t, apperr.Unauthenticated, unknown)
	require.Equal(t, wrongPassword.Error(), unknown.Error())
}

func TestLoginTakesAsLongForUnknownUser(t *testing.T) {
	service := newService(t, unlimited)
	signedIn(t, service)
	attempt := func(email string) time.Duration {
		start := time.Now()
		_, err := service.Login(t.Context(), email, "hunter2hunter2")
		requireKind(t, apperr.Unauthenticated, err)
		return time.Since(start)
	}

	var known, unknown []time.Duration
	for range 9 {
		known = append(known, attempt(email))
		unknown = append(unknown, attempt("bob@example.com"))
	}

	// Without computing a hash, it would be a hundred times faster.
	require.Less(t, median(known), 4*median(unknown))
	require.Less(t, median(unknown), 4*median(known))
}

func TestLoginUpgradesHash(t *testing.T) {
	// This hash is from the tests of the reference implementation.
	user := models.User{
		ID:           uuid.New(),
		Email:        email,
		PasswordHash: "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
		Role:         models.RoleUser,
	}
	users := memory.NewUsers()
	require.NoError(t, users.Create(t.Context(), user))
	service := newServiceOf(t, users, memory.NewRefreshTokens(), unlimited)
	hash := func() string {
		stored, err := users.Get(t.Context(), user.ID)
		require.NoError(t, err)
		return stored.PasswordHash
	}

	_, err := service.Login(t.Context(), email, "wrong password")
	requireKind(t, apperr.Unauthenticated, err)
	require.Equal(t, user.PasswordHash, hash())

	_, err = service.Login(t.Context(), email, "password")
	require.NoError(t, err)
	raised := hash()
	require.True(t, strings.HasPrefix(raised, "$argon2id$v=19$m=19456,t=2,p=1$"), raised)

	_, err = service.Login(t.Context(), email, "password")
	require.NoError(t, err)
	require.Equal(t, raised, hash())
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

func TestLoginLimitsAttemptsPerAccount(t *testing.T) {
	tried := map[string]int{}
	service := newService(t, func(key string) ratelimit.Decision {
		tried[key]++
		return ratelimit.Decision{Allowed: tried[key] <= 2, RetryAfter: time.Minute}
	})
	for _, spelling := range []string{email, "ANN@example.com"} {
		_, err := service.Login(t.Context(), spelling, password)
		requireKind(t, apperr.Unauthenticated, err)
	}

	_, err := service.Login(t.Context(), email, password)

	limited := (*apperr.Error)(nil)
	require.ErrorAs(t, err, &limited)
	require.Equal(t, apperr.RateLimited, limited.Kind)
	require.Equal(t, time.Minute, limited.RetryAfter)
}

func TestRefresh(t *testing.T) {
	service := newService(t, unlimited)
	first := signedIn(t, service)

	second, err := service.Refresh(t.Context(), first.RefreshToken)

	require.NoError(t, err)
	require.NotEqual(t, first.RefreshToken, second.RefreshToken)
	_, err = service.Refresh(t.Context(), second.RefreshToken)
	require.NoError(t, err)
}

func TestReusedRefreshTokenRevokesFamily(t *testing.T) {
	service := newService(t, unlimited)
	first := signedIn(t, service)
	second, err := service.Refresh(t.Context(), first.RefreshToken)
	require.NoError(t, err)

	_, err = service.Refresh(t.Context(), first.RefreshToken)
	requireKind(t, apperr.Unauthenticated, err)

	_, err = service.Refresh(t.Context(), second.RefreshToken)
	requireKind(t, apperr.Unauthenticated, err)
}

func TestReuseDoesNotRevokeOtherFamilies(t *testing.T) {
	service := newService(t, unlimited)
	stolen := signedIn(t, service)
	other, err := service.Login(t.Context(), email, password)
	require.NoError(t, err)
	for range 2 {
		_, err = service.Refresh(t.Context(), stolen.RefreshToken)
	}
	requireKind(t, apperr.Unauthenticated, err)

	_, err = service.Refresh(t.Context(), other.RefreshToken)

	require.NoError(t, err)
}

// absentUsers is a user repository whose database can fail.
type absentUsers struct {
	*memory.Users

	err error
}

func (u *absentUsers) Get(ctx context.Context, id uuid.UUID) (models.User, error) {
	if u.err != nil {
		return models.User{}, u.err
	}
	return u.Users.Get(ctx, id)
}

func TestFailedRefreshCanBeRetried(t *testing.T) {
	users := &absentUsers{Users: memory.NewUsers()}
	service := newServiceOf(t, users, memory.NewRefreshTokens(), unlimited)
	grant := signedIn(t, service)

	users.err = apperr.New(apperr.Unavailable, "the database is not available")
	_, err := service.Refresh(t.Context(), grant.RefreshToken)
	requireKind(t, apperr.Unavailable, err)

	users.err = nil
	_, err = service.Refresh(t.Context(), grant.RefreshToken)
	require.NoError(t, err)
}

// abandonedTokens is a refresh token repository that simulates a client that
// disconnects as soon as a token has been looked up.
type abandonedTokens struct {
	*memory.RefreshTokens

	leave context.CancelFunc
}

func (r *abandonedTokens) ByHash(ctx context.Context, hash []byte) (models.RefreshToken, error) {
	defer r.leave()
	return r.RefreshTokens.ByHash(ctx, hash)
}

func (r *abandonedTokens) RevokeFamily(ctx context.Context, familyID uuid.UUID, now time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return r.RefreshTokens.RevokeFamily(ctx, familyID, now)
}

func TestRevocationSurvivesDisconnect(t *testing.T) {
	tokens := &abandonedTokens{RefreshTokens: memory.NewRefreshTokens(), leave: func() {}}
	service := newServiceOf(t, memory.NewUsers(), tokens, unlimited)
	first := signedIn(t, service)
	second, err := service.Refresh(t.Context(), first.RefreshToken)
	require.NoError(t, err)
	other, err := service.Login(t.Context(), email, password)
	require.NoError(t, err)

	reusing, leave := context.WithCancel(t.Context())
	tokens.leave = leave
	_, err = service.Refresh(reusing, first.RefreshToken)
	requireKind(t, apperr.Unauthenticated, err)
	leaving, leave := context.WithCancel(t.Context())
	tokens.leave = leave
	require.NoError(t, service.Logout(leaving, other.RefreshToken))

	for _, token := range []string{second.RefreshToken, other.RefreshToken} {
		_, err = service.Refresh(t.Context(), token)
		requireKind(t, apperr.Unauthenticated, err)
	}
}

func TestDeleteExpired(t *testing.T) {
	const count = 2500
	tokens := memory.NewRefreshTokens()
	for range count {
		id := uuid.New()
		require.NoError(t, tokens.Create(t.Context(), models.RefreshToken{ID: id, Hash: id[:], ExpiresAt: time.Now()}))
	}
	service := newServiceOf(t, memory.NewUsers(), tokens, unlimited)

	deleted, err := service.DeleteExpired(t.Context())

	require.NoError(t, err)
	require.EqualValues(t, count, deleted)
}

func TestConcurrentRefreshSucceedsOnce(t *testing.T) {
	service := newService(t, unlimited)
	grant := signedIn(t, service)
	errs := make([]error, 8)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() { _, errs[i] = service.Refresh(t.Context(), grant.RefreshToken) })
	}
	wait.Wait()

	won := slices.DeleteFunc(errs, func(err error) bool { return err != nil })
	require.Len(t, won, 1)
}

func TestRefreshRejectsUnknownToken(t *testing.T) {
	for _, token := range []string{"", "made-up", strings.Repeat("A", 43)} {
		_, err := newService(t, unlimited).Refresh(t.Context(), token)

		requireKind(t, apperr.Unauthenticated, err)
	}
}

func TestRefreshDoesNotExtendExpiry(t *testing.T) {
	service := newService(t, unlimited)
	synctest.Test(t, func(t *testing.T) {
		grant := signedIn(t, service)

		time.Sleep(23 * time.Hour)
		grant, err := service.Refresh(t.Context(), grant.RefreshToken)
		require.NoError(t, err)

		time.Sleep(2 * time.Hour)
		_, err = service.Refresh(t.Context(), grant.RefreshToken)
		requireKind(t, apperr.Unauthenticated, err)

		deleted, err := service.DeleteExpired(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, 2, deleted)
	})
}

func TestLogout(t *testing.T) {
	service := newService(t, unlimited)
	first := signedIn(t, service)
	second, err := service.Refresh(t.Context(), first.RefreshToken)
	require.NoError(t, err)

	require.NoError(t, service.Logout(t.Context(), second.RefreshToken))
	_, err = service.Refresh(t.Context(), second.RefreshToken)

	requireKind(t, apperr.Unauthenticated, err)
	require.NoError(t, service.Logout(t.Context(), second.RefreshToken), "again")
	require.NoError(t, service.Logout(t.Context(), "made-up"))
}

func TestUserRejectsDeletedAccount(t *testing.T) {
	_, err := newService(t, unlimited).User(t.Context(), uuid.New())

	requireKind(t, apperr.Unauthenticated, err)
}

func TestUsersRequiresAdmin(t *testing.T) {
	service := newService(t, unlimited)
	for _, name := range []string{"ann", "bob", "cid"} {
		_, err := service.Register(t.Context(), name+"@example.com", password)
		require.NoError(t, err)
	}
	as := func(role string) context.Context {
		return reqctx.With(t.Context(), &reqctx.Info{Role: role})
	}

	_, err := service.Users(as(models.RoleUser), models.PageRequest{Limit: 2})
	requireKind(t, apperr.Forbidden, err)

	first, err := service.Users(as(models.RoleAdmin), models.PageRequest{Limit: 2})
	require.NoError(t, err)
	require.Len(t, first.Items, 2)
	require.Equal(t, first.Items[1].ID, first.Next)

	last, err := service.Users(as(models.RoleAdmin), models.PageRequest{Limit: 2, After: first.Next})
	require.NoError(t, err)
	require.Len(t, last.Items, 1)
	require.Zero(t, last.Next)
}

func TestSetRole(t *testing.T) {
	users := memory.NewUsers()
	user := models.User{ID: uuid.New(), Email: email, Role: models.RoleUser}
	require.NoError(t, users.Create(t.Context(), user))

	require.NoError(t, auth.SetRole(t.Context(), users, "Ann@example.com", models.RoleAdmin))
	user, err := users.Get(t.Context(), user.ID)
	require.NoError(t, err)
	require.Equal(t, models.RoleAdmin, user.Role)

	requireKind(t, apperr.Invalid, auth.SetRole(t.Context(), users, email, "king"))
	requireKind(t, apperr.NotFound, auth.SetRole(t.Context(), users, "bob@example.com", models.RoleAdmin))
}
