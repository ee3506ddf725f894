package auth_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/auth"
	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/ratelimit"
	"example.com/shop-api/internal/repository/memory"
)

const (
	email    = "ann@example.com"
	password = "correct horse"
	grace    = 30 * time.Second
)

// oldHash is the hash of "password" from the tests of the reference
// implementation, with a lower cost.
const oldHash = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"

// verifier verifies the tokens of all services, which have the same key.
var verifier *auth.Tokens

// limiterFunc implements ratelimit.Limiter with a function.
type limiterFunc func(key string) ratelimit.Decision

func (f limiterFunc) Allow(_ context.Context, key string) ratelimit.Decision { return f(key) }

func unlimited(string) ratelimit.Decision { return ratelimit.Decision{Allowed: true} }

// client describes the client of all sign-ins.
var client = auth.Client{UserAgent: "browser/1.0", Address: "192.0.2.1"}

func newService(t testing.TB, attempts limiterFunc) *auth.Service {
	t.Helper()
	return newServiceOf(t, auth.Deps{Attempts: attempts})
}

// newServiceOf returns a service with the given dependencies. Those that are
// missing are in memory and do not limit anything.
func newServiceOf(t testing.TB, deps auth.Deps) *auth.Service {
	t.Helper()
	tokens, err := auth.NewTokens(auth.Config{
		Secret:     "0123456789abcdef0123456789abcdef",
		Issuer:     "issuer",
		Audience:   "audience",
		AccessTTL:  15 * time.Minute,
		RefreshTTL: 24 * time.Hour,
	})
	require.NoError(t, err)
	deps.Tokens, deps.Hasher, deps.Grace = tokens, auth.NewHasher(2), grace
	if deps.Users == nil {
		deps.Users = newUsers()
	}
	if deps.Sessions == nil {
		deps.Sessions = newSessions()
	}
	if deps.InTx == nil {
		deps.InTx = func(ctx context.Context, fn func(ctx context.Context, users auth.UserRepository, sessions auth.SessionRepository) error) error {
			return fn(ctx, deps.Users, deps.Sessions)
		}
	}
	if deps.Attempts == nil {
		deps.Attempts = limiterFunc(unlimited)
	}
	if deps.Refreshes == nil {
		deps.Refreshes = limiterFunc(unlimited)
	}
	verifier = tokens
	return auth.NewService(deps)
}

func newUsers() *memory.Users { return memory.NewUsers() }

func newSessions() *memory.Sessions { return memory.NewSessions() }

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

// abandonedSessions is a session repository that simulates a client that
// disconnects as soon as its session has been changed.
type abandonedSessions struct {
	*memory.Sessions

	leave context.CancelFunc
}

func (r *abandonedSessions) Update(ctx context.Context, id uuid.UUID, change func(*models.Session) error) (models.Session, error) {
	defer r.leave()
	return r.Sessions.Update(ctx, id, change)
}

func (r *abandonedSessions) Delete(ctx context.Context, id uuid.UUID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return r.Sessions.Delete(ctx, id)
}

// signedIn registers a user, which signs in.
func signedIn(t testing.TB, service *auth.Service) auth.Grant {
	t.Helper()
	grant, err := service.Register(t.Context(), email, password, client)
	require.NoError(t, err)
	return grant
}

// as returns the context of a request with the access token of a grant.
func as(t testing.TB, grant auth.Grant) context.Context {
	t.Helper()
	user, err := verifier.Verify(grant.AccessToken)
	require.NoError(t, err)
	return auth.WithUser(t.Context(), user)
}

// asAdmin returns the context of a request from an admin.
func asAdmin(t testing.TB) context.Context {
	t.Helper()
	return auth.WithUser(t.Context(), auth.User{ID: uuid.New(), Roles: []string{models.RoleAdmin}})
}

func requireKind(t testing.TB, want apperr.Kind, err error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, want, apperr.KindOf(err), "%v", err)
}

func TestRegister(t *testing.T) {
	service := newService(t, unlimited)

	grant, err := service.Register(t.Context(), "  Ann@Example.COM ", password, client)

	require.NoError(t, err)
	user, err := service.Account(as(t, grant))
	require.NoError(t, err)
	require.Equal(t, email, user.Email)
	require.Equal(t, models.RoleUser, user.Role)
	require.False(t, user.Disabled)
	require.NotContains(t, user.PasswordHash, password)
}

func TestLastLoginIsTheLastUseOfThePassword(t *testing.T) {
	users := newUsers()
	service := newServiceOf(t, auth.Deps{Users: users})
	ctx := as(t, signedIn(t, service))
	lastLogin := func() *time.Time {
		user, err := service.Account(ctx)
		require.NoError(t, err)
		return user.LastLoginAt
	}
	newest := func() *time.Time {
		own, err := service.Sessions(ctx)
		require.NoError(t, err)
		return &own[0].CreatedAt
	}
	registered := lastLogin()
	require.Equal(t, newest(), registered)

	grant, err := service.Login(t.Context(), email, password, client)
	require.NoError(t, err)
	require.Equal(t, newest(), lastLogin())
	require.True(t, lastLogin().After(*registered))

	caller, err := auth.UserFrom(ctx)
	require.NoError(t, err)
	_, err = users.Update(t.Context(), caller.ID, func(user *models.User) error {
		user.LastLoginAt = nil
		return nil
	})
	require.NoError(t, err)
	_, err = service.Refresh(t.Context(), grant.RefreshToken)
	require.NoError(t, err)
	_, err = service.Login(t.Context(), email, "wrong password", client)
	requireKind(t, apperr.Unauthenticated, err)
	require.Nil(t, lastLogin())
}

func TestRegisterRejectsTakenEmail(t *testing.T) {
	service := newService(t, unlimited)
	signedIn(t, service)

	_, err := service.Register(t.Context(), strings.ToUpper(email), password, client)

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
		{"a common password", email, "Password123", []string{"password"}},
		{"the email as the password", email, "Ann@example.com", []string{"password"}},
		{"nothing", "", "", []string{"email", "password"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := service.Register(t.Context(), test.email, test.password, client)

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

	_, err := service.Register(t.Context(), email, passphrase, client)
	require.NoError(t, err)
	_, err = service.Login(t.Context(), email, passphrase, client)
	require.NoError(t, err)
}

func TestLogin(t *testing.T) {
	grant := signedIn(t, newService(t, unlimited))

	require.NotEmpty(t, grant.AccessToken)
	require.Len(t, grant.RefreshToken, 64)
	require.Equal(t, 15*time.Minute, grant.ExpiresIn)
}

func TestLoginDoesNotDiscloseReason(t *testing.T) {
	service := newService(t, unlimited)
	signedIn(t, service)

	_, wrongPassword := service.Login(t.Context(), email, "hunter2hunter2", client)
	_, unknown := service.Login(t.Context(), "bob@example.com", password, client)

	requireKind(t, apperr.Unauthenticated, wrongPassword)
	requireKind(t, apperr.Unauthenticated, unknown)
	require.Equal(t, wrongPassword.Error(), unknown.Error())
}

func TestLoginTakesAsLongForUnknownUser(t *testing.T) {
	service := newService(t, unlimited)
	signedIn(t, service)
	attempt := func(email string) time.Duration {
		start := time.Now()
		_, err := service.Login(t.Context(), email, "hunter2hunter2", client)
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

func TestAccountAndFirstSessionAreOneTransaction(t *testing.T) {
	users, sessions := newUsers(), newSessions()
	service := newServiceOf(t, auth.Deps{
		InTx: func(ctx context.Context, fn func(ctx context.Context, users auth.UserRepository, sessions auth.SessionRepository) error) error {
			require.NoError(t, fn(ctx, users, sessions))
			return apperr.New(apperr.Unavailable, "the transaction was not committed")
		},
	})

	_, err := service.Register(t.Context(), email, password, client)

	requireKind(t, apperr.Unavailable, err)
	user, err := users.ByEmail(t.Context(), email)
	require.NoError(t, err)
	stored, err := sessions.OfUser(t.Context(), user.ID, 10)
	require.NoError(t, err)
	require.Len(t, stored, 1)
}

func TestLoginUpgradesHash(t *testing.T) {
	user := models.User{ID: uuid.New(), Email: email, PasswordHash: oldHash, Role: models.RoleUser}
	users := newUsers()
	require.NoError(t, users.Create(t.Context(), user))
	service := newServiceOf(t, auth.Deps{Users: users})
	hash := func() string {
		stored, err := users.Get(t.Context(), user.ID)
		require.NoError(t, err)
		return stored.PasswordHash
	}

	_, err := service.Login(t.Context(), email, "wrong password", client)
	requireKind(t, apperr.Unauthenticated, err)
	require.Equal(t, user.PasswordHash, hash())

	_, err = service.Login(t.Context(), email, "password", client)
	require.NoError(t, err)
	raised := hash()
	require.True(t, strings.HasPrefix(raised, "$argon2id$v=19$m=19456,t=2,p=1$"), raised)

	_, err = service.Login(t.Context(), email, "password", client)
	require.NoError(t, err)
	require.Equal(t, raised, hash())
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

func TestDisabledAccountCannotSignIn(t *testing.T) {
	service := newService(t, unlimited)
	caller, err := auth.UserFrom(as(t, signedIn(t, service)))
	require.NoError(t, err)
	_, err = service.ChangeUser(asAdmin(t), caller.ID, disable)
	require.NoError(t, err)

	_, err = service.Login(t.Context(), email, password, client)
	requireKind(t, apperr.Unauthenticated, err)
	_, wrong := service.Login(t.Context(), email, "wrong password", client)
	require.Equal(t, wrong.Error(), err.Error())

	_, err = service.ChangeUser(asAdmin(t), caller.ID, enable)
	require.NoError(t, err)
	_, err = service.Login(t.Context(), email, password, client)
	require.NoError(t, err)
}

// changingUsers is a user repository in which the account changes right after
// its password was read.
type changingUsers struct {
	*memory.Users

	change func(ctx context.Context, users *memory.Users, id uuid.UUID) error
}

func (u *changingUsers) ByEmail(ctx context.Context, email string) (models.User, error) {
	user, err := u.Users.ByEmail(ctx, email)
	if err != nil {
		return user, err
	}
	return user, u.change(ctx, u.Users, user.ID)
}

// updating returns a change of a changingUsers.
func updating(change func(user *models.User)) func(ctx context.Context, users *memory.Users, id uuid.UUID) error {
	return func(ctx context.Context, users *memory.Users, id uuid.UUID) error {
		_, err := users.Update(ctx, id, func(user *models.User) error {
			change(user)
			return nil
		})
		return err
	}
}

func TestChangeDuringLoginEndsSession(t *testing.T) {
	for name, change := range map[string]func(ctx context.Context, users *memory.Users, id uuid.UUID) error{
		"password": updating(func(user *models.User) { user.PasswordHash = "another" }),
		"disabled": updating(func(user *models.User) { user.Disabled = true }),
		"deleted": func(ctx context.Context, users *memory.Users, id uuid.UUID) error {
			return users.Delete(ctx, id)
		},
	} {
		users, sessions := &changingUsers{Users: newUsers(), change: change}, newSessions()
		service := newServiceOf(t, auth.Deps{Users: users, Sessions: sessions})
		ctx := as(t, signedIn(t, service))
		require.NoError(t, service.EndSessions(ctx))

		_, err := service.Login(t.Context(), email, password, client)

		requireKind(t, apperr.Unauthenticated, err)
		own, err := service.Sessions(ctx)
		require.NoError(t, err)
		require.Empty(t, own, name)
	}
}

func TestUpgradeOfHashKeepsNewPassword(t *testing.T) {
	users := &changingUsers{Users: newUsers(), change: updating(func(user *models.User) { user.PasswordHash = "another" })}
	user := models.User{ID: uuid.New(), Email: email, PasswordHash: oldHash}
	require.NoError(t, users.Create(t.Context(), user))

	_, err := newServiceOf(t, auth.Deps{Users: users}).Login(t.Context(), email, "password", client)

	requireKind(t, apperr.Unauthenticated, err)
	user, err = users.Get(t.Context(), user.ID)
	require.NoError(t, err)
	require.Equal(t, "another", user.PasswordHash)
}

func TestRegisterLimitsAttemptsPerAccount(t *testing.T) {
	service := newService(t, func(key string) ratelimit.Decision {
		return ratelimit.Decision{Allowed: key != "register:"+email, RetryAfter: time.Minute}
	})

	_, err := service.Register(t.Context(), "Ann@example.com", password, client)

	requireKind(t, apperr.RateLimited, err)
}

func TestLoginLimitsAttemptsPerAccount(t *testing.T) {
	tried := map[string]int{}
	service := newService(t, func(key string) ratelimit.Decision {
		tried[key]++
		return ratelimit.Decision{Allowed: tried[key] <= 2, RetryAfter: time.Minute}
	})
	for _, spelling := range []string{email, "ANN@example.com"} {
		_, err := service.Login(t.Context(), spelling, password, client)
		requireKind(t, apperr.Unauthenticated, err)
	}

	_, err := service.Login(t.Context(), email, password, client)

	limited := (*apperr.Error)(nil)
	require.ErrorAs(t, err, &limited)
	require.Equal(t, apperr.RateLimited, limited.Kind)
	require.Equal(t, time.Minute, limited.RetryAfter)
}

func TestAccountRequiresUser(t *testing.T) {
	service := newService(t, unlimited)
	for name, use := range map[string]func(ctx context.Context) error{
		"account": func(ctx context.Context) error {
			_, err := service.Account(ctx)
			return err
		},
		"change password": func(ctx context.Context) error { return service.ChangePassword(ctx, password, "another horse") },
		"delete account":  func(ctx context.Context) error { return service.DeleteAccount(ctx, password) },
		"sessions": func(ctx context.Context) error {
			_, err := service.Sessions(ctx)
			return err
		},
		"end session":  func(ctx context.Context) error { return service.EndSession(ctx, uuid.New()) },
		"end sessions": func(ctx context.Context) error { return service.EndSessions(ctx) },
		"users": func(ctx context.Context) error {
			_, err := service.Users(ctx, models.PageRequest{Limit: 1})
			return err
		},
		"change user": func(ctx context.Context) error {
			_, err := service.ChangeUser(ctx, uuid.New(), disable)
			return err
		},
	} {
		require.Equal(t, apperr.Unauthenticated, apperr.KindOf(use(t.Context())), name)
	}
}

func TestAccountRejectsDeletedOrDisabledUser(t *testing.T) {
	service := newService(t, unlimited)
	_, err := service.Account(auth.WithUser(t.Context(), auth.User{ID: uuid.New()}))
	requireKind(t, apperr.Unauthenticated, err)

	ctx := as(t, signedIn(t, service))
	caller, err := auth.UserFrom(ctx)
	require.NoError(t, err)
	_, err = service.ChangeUser(asAdmin(t), caller.ID, disable)
	require.NoError(t, err)
	_, err = service.Account(ctx)
	requireKind(t, apperr.Unauthenticated, err)
}

func TestChangePassword(t *testing.T) {
	service := newService(t, unlimited)
	stolen := signedIn(t, service)
	own, err := service.Login(t.Context(), email, password, client)
	require.NoError(t, err)

	requireInvalid(t, "current_password", service.ChangePassword(as(t, own), "wrong password", "another horse"))
	for _, next := range []string{"short", "password1", email} {
		requireInvalid(t, "new_password", service.ChangePassword(as(t, own), password, next))
	}
	require.NoError(t, service.ChangePassword(as(t, own), password, "another horse"))

	_, err = service.Refresh(t.Context(), stolen.RefreshToken)
	requireKind(t, apperr.Unauthenticated, err)
	_, err = service.Refresh(t.Context(), own.RefreshToken)
	require.NoError(t, err, "the session of the caller must not end")
	_, err = service.Login(t.Context(), email, password, client)
	requireKind(t, apperr.Unauthenticated, err)
	_, err = service.Login(t.Context(), email, "another horse", client)
	require.NoError(t, err)
}

func requireInvalid(t *testing.T, field string, err error) {
	t.Helper()
	requireKind(t, apperr.Invalid, err)
	refused := (*apperr.Error)(nil)
	require.ErrorAs(t, err, &refused)
	require.Len(t, refused.Fields, 1)
	require.Equal(t, field, refused.Fields[0].Name)
}

func TestPasswordsOfSignedInUserAreLimited(t *testing.T) {
	allowed := true
	service := newService(t, func(string) ratelimit.Decision { return ratelimit.Decision{Allowed: allowed} })
	ctx := as(t, signedIn(t, service))

	allowed = false

	requireKind(t, apperr.RateLimited, service.ChangePassword(ctx, password, "another horse"))
	requireKind(t, apperr.RateLimited, service.DeleteAccount(ctx, password))
}

// belongings records whose belongings were deleted.
type belongings struct {
	deleted []uuid.UUID
	err     error
}

func (b *belongings) DeleteOwned(_ context.Context, owner uuid.UUID) error {
	b.deleted = append(b.deleted, owner)
	return b.err
}

func TestDeleteAccount(t *testing.T) {
	sessions, owned := newSessions(), &belongings{err: apperr.New(apperr.Unavailable, "try again")}
	service := newServiceOf(t, auth.Deps{Sessions: sessions, Owned: []auth.Owned{owned}})
	grant := signedIn(t, service)
	ctx := as(t, grant)
	caller, err := auth.UserFrom(ctx)
	require.NoError(t, err)

	requireInvalid(t, "password", service.DeleteAccount(ctx, "wrong password"))
	require.Empty(t, owned.deleted)
	requireKind(t, apperr.Unavailable, service.DeleteAccount(ctx, password))
	owned.err = nil
	require.NoError(t, service.DeleteAccount(ctx, password), "a failed attempt must be repeatable")
	require.Equal(t, []uuid.UUID{caller.ID, caller.ID}, owned.deleted)

	_, err = service.Account(ctx)
	requireKind(t, apperr.Unauthenticated, err)
	_, err = service.Refresh(t.Context(), grant.RefreshToken)
	requireKind(t, apperr.Unauthenticated, err)
	left, err := sessions.OfUser(t.Context(), caller.ID, 9)
	require.NoError(t, err)
	require.Empty(t, left)
	_, err = service.Register(t.Context(), email, password, client)
	require.NoError(t, err, "the email must be free")
}

func TestUsersRequiresAdmin(t *testing.T) {
	service := newService(t, unlimited)
	_, err := service.Users(as(t, signedIn(t, service)), models.PageRequest{Limit: 2})
	requireKind(t, apperr.Forbidden, err)
	for _, name := range []string{"bob", "cid"} {
		_, err := service.Register(t.Context(), name+"@example.com", password, client)
		require.NoError(t, err)
	}

	first, err := service.Users(asAdmin(t), models.PageRequest{Limit: 2})
	require.NoError(t, err)
	require.Len(t, first.Items, 2)
	require.Equal(t, &models.PagePosition{ID: first.Items[1].ID}, first.Next)

	last, err := service.Users(asAdmin(t), models.PageRequest{Limit: 2, After: first.Next})
	require.NoError(t, err)
	require.Len(t, last.Items, 1)
	require.Nil(t, last.Next)
}

// disable, enable, and give are changes of accounts.
func disable(change *auth.UserChange) error {
	change.Disabled = true
	return nil
}

func enable(change *auth.UserChange) error {
	change.Disabled = false
	return nil
}

func give(role string) func(change *auth.UserChange) error {
	return func(change *auth.UserChange) error {
		change.Role = role
		return nil
	}
}

func TestChangeUser(t *testing.T) {
	service := newService(t, unlimited)
	grant := signedIn(t, service)
	caller, err := auth.UserFrom(as(t, grant))
	require.NoError(t, err)

	_, err = service.ChangeUser(as(t, grant), caller.ID, give(models.RoleAdmin))
	requireKind(t, apperr.Forbidden, err)
	_, err = service.ChangeUser(asAdmin(t), uuid.New(), disable)
	requireKind(t, apperr.NotFound, err)

	changed, err := service.ChangeUser(asAdmin(t), caller.ID, give(models.RoleAdmin))
	require.NoError(t, err)
	require.Equal(t, models.RoleAdmin, changed.Role)
	grant, err = service.Refresh(t.Context(), grant.RefreshToken)
	require.NoError(t, err, "a new role must not end the session")
	_, err = service.ChangeUser(as(t, grant), caller.ID, give(models.RoleUser))
	requireKind(t, apperr.Forbidden, err)

	changed, err = service.ChangeUser(asAdmin(t), caller.ID, disable)
	require.NoError(t, err)
	require.True(t, changed.Disabled)
	require.Equal(t, models.RoleAdmin, changed.Role)
	refused := errors.New("refused")
	_, err = service.ChangeUser(asAdmin(t), caller.ID, func(change *auth.UserChange) error {
		require.Equal(t, auth.UserChange{Role: models.RoleAdmin, Disabled: true}, *change)
		change.Disabled = false
		return refused
	})
	require.ErrorIs(t, err, refused)
	_, err = service.Refresh(t.Context(), grant.RefreshToken)
	requireKind(t, apperr.Unauthenticated, err)
	_, err = service.ChangeUser(asAdmin(t), caller.ID, enable)
	require.NoError(t, err)
	_, err = service.Refresh(t.Context(), grant.RefreshToken)
	requireKind(t, apperr.Unauthenticated, err)
}

func TestSetRole(t *testing.T) {
	users := newUsers()
	user := models.User{ID: uuid.New(), Email: email, Role: models.RoleUser}
	require.NoError(t, users.Create(t.Context(), user))

	require.NoError(t, auth.SetRole(t.Context(), users, "Ann@example.com", models.RoleAdmin))
	user, err := users.Get(t.Context(), user.ID)
	require.NoError(t, err)
	require.Equal(t, models.RoleAdmin, user.Role)

	requireKind(t, apperr.Invalid, auth.SetRole(t.Context(), users, email, "king"))
	requireKind(t, apperr.NotFound, auth.SetRole(t.Context(), users, "bob@example.com", models.RoleAdmin))
}
