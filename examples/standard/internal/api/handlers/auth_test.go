package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/ratelimit"
)

const (
	registerPath = "/api/v1/auth/register"
	loginPath    = "/api/v1/auth/login"
	refreshPath  = "/api/v1/auth/refresh"
	logoutPath   = "/api/v1/auth/logout"
	mePath       = "/api/v1/me"
	passwordPath = "/api/v1/me/password"
	sessionsPath = "/api/v1/sessions"
	usersPath    = "/api/v1/users"
)

// signInAs returns a request body for registration or sign-in.
func signInAs(email, password string) map[string]any {
	return map[string]any{"email": email, "password": password}
}

// anonymous returns a client that is not signed in.
func (c *client) anonymous() *client {
	other := *c
	other.token = ""
	return &other
}

// bearing returns a client that sends the given access token.
func (c *client) bearing(token any) *client {
	other := *c
	other.token, _ = token.(string)
	return &other
}

// register creates an account and returns its tokens.
func (c *client) register(email string) response {
	c.t.Helper()
	return c.anonymous().call(http.StatusCreated, http.MethodPost, registerPath, signInAs(email, "correct horse"))
}

// refresh exchanges the refresh token in a response.
func (c *client) refresh(status int, tokens response) response {
	c.t.Helper()
	return c.anonymous().call(status, http.MethodPost, refreshPath, map[string]any{"refresh_token": tokens.body["refresh_token"]})
}

func TestRegisterSignInAndSignOut(t *testing.T) {
	c := newClient(t).anonymous()
	tokens := c.register("Jo@Example.com")
	require.Equal(t, mePath, tokens.header.Get("Location"))
	require.Equal(t, "Bearer", tokens.body["token_type"])
	require.EqualValues(t, 60, tokens.body["expires_in"])
	user := c.bearing(tokens.body["access_token"]).call(http.StatusOK, http.MethodGet, mePath, nil)
	require.Equal(t, "jo@example.com", user.body["email"])
	require.Equal(t, models.RoleUser, user.body["role"])
	require.Equal(t, false, user.body["disabled"])
	require.NotContains(t, user.text, "password")

	tokens = c.call(http.StatusOK, http.MethodPost, loginPath, signInAs("jo@example.com", "correct horse"))
	again := c.bearing(tokens.body["access_token"]).call(http.StatusOK, http.MethodGet, mePath, nil)
	require.NotEmpty(t, user.body["last_login_at"])
	require.NotEqual(t, user.body["last_login_at"], again.body["last_login_at"])
	user.body["last_login_at"] = again.body["last_login_at"]
	require.Equal(t, user.body, again.body)

	next := c.refresh(http.StatusOK, tokens)
	require.NotEqual(t, tokens.body["refresh_token"], next.body["refresh_token"])
	require.Equal(t, user.body, c.bearing(next.body["access_token"]).call(http.StatusOK, http.MethodGet, mePath, nil).body)

	signOut := map[string]any{"refresh_token": next.body["refresh_token"]}
	c.call(http.StatusNoContent, http.MethodPost, logoutPath, signOut)
	c.call(http.StatusNoContent, http.MethodPost, logoutPath, signOut)
	c.refresh(http.StatusUnauthorized, next)
}

func TestLostRefreshResponseCanBeRepeated(t *testing.T) {
	c := newClient(t)
	tokens := c.register("jo@example.com")
	lost := c.refresh(http.StatusOK, tokens)
	next := c.refresh(http.StatusOK, tokens)
	require.Equal(t, lost.body["refresh_token"], next.body["refresh_token"])

	c.refresh(http.StatusOK, next)
	c.refresh(http.StatusUnauthorized, tokens)
	c.refresh(http.StatusUnauthorized, next)
}

func TestSessionsCanBeListedAndEnded(t *testing.T) {
	c := newClient(t)
	first := c.register("jo@example.com")
	second := c.anonymous().call(http.StatusOK, http.MethodPost, loginPath, signInAs("jo@example.com", "correct horse"), "User-Agent", "phone/1.0")
	caller := c.bearing(first.body["access_token"])

	listed := caller.call(http.StatusOK, http.MethodGet, sessionsPath, nil)
	ids := listed.ids()
	require.Len(t, ids, 2)
	newest, _ := listed.items()[0].(map[string]any)
	oldest, _ := listed.items()[1].(map[string]any)
	require.Equal(t, false, newest["current"])
	require.Equal(t, "phone/1.0", newest["user_agent"])
	require.Equal(t, "192.0.2.1", newest["address"])
	require.Equal(t, true, oldest["current"])
	require.NotContains(t, listed.text, "hash")

	c.call(http.StatusNotFound, http.MethodDelete, sessionsPath+"/"+ids[0], nil)
	require.Equal(t, []string{"id"}, caller.call(http.StatusBadRequest, http.MethodDelete, sessionsPath+"/7", nil).fields())
	caller.call(http.StatusNoContent, http.MethodDelete, sessionsPath+"/"+ids[0], nil)
	caller.call(http.StatusNotFound, http.MethodDelete, sessionsPath+"/"+ids[0], nil)
	c.refresh(http.StatusUnauthorized, second)
	first = c.refresh(http.StatusOK, first)

	caller.call(http.StatusNoContent, http.MethodDelete, sessionsPath, nil)
	c.refresh(http.StatusUnauthorized, first)
	require.Equal(t, []any{}, caller.call(http.StatusOK, http.MethodGet, sessionsPath, nil).items())
}

func TestPasswordCanBeChanged(t *testing.T) {
	c := newClient(t)
	stolen := c.register("jo@example.com")
	own := c.anonymous().call(http.StatusOK, http.MethodPost, loginPath, signInAs("jo@example.com", "correct horse"))
	caller := c.bearing(own.body["access_token"])
	change := func(current, next string) map[string]any {
		return map[string]any{"current_password": current, "new_password": next}
	}

	require.Equal(t, []string{"current_password"}, caller.call(http.StatusUnprocessableEntity, http.MethodPut, passwordPath, change("wrong horse", "another horse")).fields())
	require.Equal(t, []string{"new_password"}, caller.call(http.StatusUnprocessableEntity, http.MethodPut, passwordPath, change("correct horse", "password123")).fields())
	caller.call(http.StatusNoContent, http.MethodPut, passwordPath, change("correct horse", "another horse"))

	c.refresh(http.StatusUnauthorized, stolen)
	c.refresh(http.StatusOK, own)
	c.anonymous().call(http.StatusUnauthorized, http.MethodPost, loginPath, signInAs("jo@example.com", "correct horse"))
	c.anonymous().call(http.StatusOK, http.MethodPost, loginPath, signInAs("jo@example.com", "another horse"))
}

func TestAccountCanBeDeleted(t *testing.T) {
	c := newClient(t)
	tokens := c.register("jo@example.com")
	caller := c.bearing(tokens.body["access_token"])

	require.Equal(t, []string{"password"}, caller.call(http.StatusUnprocessableEntity, http.MethodDelete, mePath, map[string]any{"password": "wrong horse"}).fields())
	caller.call(http.StatusOK, http.MethodGet, mePath, nil)
	caller.call(http.StatusNoContent, http.MethodDelete, mePath, map[string]any{"password": "correct horse"})

	caller.call(http.StatusUnauthorized, http.MethodGet, mePath, nil)
	c.refresh(http.StatusUnauthorized, tokens)
	c.register("jo@example.com")
}

func TestAdminManagesUsers(t *testing.T) {
	c := newClient(t)
	tokens := c.register("jo@example.com")
	id := c.bearing(tokens.body["access_token"]).call(http.StatusOK, http.MethodGet, mePath, nil).id()
	user := usersPath + "/" + id
	c.patch(http.StatusForbidden, user, map[string]any{"role": "admin"})

	admin := c.admin()
	changed := admin.patch(http.StatusOK, user, map[string]any{"role": "admin"})
	require.Equal(t, "admin", changed.body["role"])
	tokens = c.refresh(http.StatusOK, tokens)
	c.bearing(tokens.body["access_token"]).call(http.StatusOK, http.MethodGet, usersPath, nil)
	c.bearing(tokens.body["access_token"]).patch(http.StatusForbidden, user, map[string]any{"role": "user"})

	disabled := admin.patch(http.StatusOK, user, map[string]any{"disabled": true})
	require.Equal(t, true, disabled.body["disabled"])
	require.Equal(t, "admin", disabled.body["role"])
	c.refresh(http.StatusUnauthorized, tokens)
	c.anonymous().call(http.StatusUnauthorized, http.MethodPost, loginPath, signInAs("jo@example.com", "correct horse"))
	admin.patch(http.StatusOK, user, map[string]any{"disabled": false})
	c.anonymous().call(http.StatusOK, http.MethodPost, loginPath, signInAs("jo@example.com", "correct horse"))

	require.Equal(t, []string{"role"}, admin.patch(http.StatusUnprocessableEntity, user, map[string]any{"role": "king"}).fields())
	for _, member := range []string{"role", "disabled"} {
		refused := admin.patch(http.StatusUnprocessableEntity, user, map[string]any{member: nil})
		require.Equal(t, []string{member}, refused.fields())
		require.Contains(t, refused.text, "is required")
	}
	unchanged := admin.patch(http.StatusOK, user, map[string]any{})
	require.Equal(t, "admin", unchanged.body["role"])
	require.Equal(t, false, unchanged.body["disabled"])
	refused := admin.call(http.StatusUnsupportedMediaType, http.MethodPatch, user, map[string]any{})
	require.Equal(t, "application/merge-patch+json", refused.header.Get("Accept-Patch"))
	require.Equal(t, []string{"id"}, admin.patch(http.StatusBadRequest, usersPath+"/7", map[string]any{}).fields())
	admin.patch(http.StatusNotFound, usersPath+"/"+uuid.NewString(), map[string]any{})
}

func TestRegisterReportsInvalidFields(t *testing.T) {
	c := newClient(t).anonymous()
	c.call(http.StatusCreated, http.MethodPost, registerPath, signInAs("jo@example.com", "correct horse"))
	require.Equal(t, []string{"email"}, c.call(http.StatusConflict, http.MethodPost, registerPath, signInAs("JO@example.com", "correct horse")).fields())

	tests := []struct {
		body   any
		fields []string
	}{
		{signInAs("jo", "correct horse"), []string{"email"}},
		{signInAs("jo@"+strings.Repeat("a.", 130)+"com", "correct horse"), []string{"email"}},
		{signInAs("al@example.com", "short"), []string{"password"}},
		{signInAs("al@example.com", "password123"), []string{"password"}},
		{signInAs("al@example.com", strings.Repeat("x", 129)), []string{"password"}},
		{signInAs("al@example.com", "correct\x00horse"), []string{"password"}},
		{map[string]any{}, []string{"email", "password"}},
		{map[string]any{"email": 1, "password": "correct horse"}, []string{"email"}},
		{map[string]any{"email": "al@example.com", "password": "correct horse", "role": "admin"}, []string{"role"}},
	}
	for _, test := range tests {
		require.Equal(t, test.fields, c.call(http.StatusUnprocessableEntity, http.MethodPost, registerPath, test.body).fields())
	}
	c.call(http.StatusCreated, http.MethodPost, registerPath, signInAs("o'hara@example.com", "correct horse"))
}

func TestSignInDoesNotDiscloseReason(t *testing.T) {
	c := newClient(t).anonymous()
	c.call(http.StatusCreated, http.MethodPost, registerPath, signInAs("jo@example.com", "correct horse"))

	wrongPassword := c.call(http.StatusUnauthorized, http.MethodPost, loginPath, signInAs("jo@example.com", "wrong horse"))
	wrongEmail := c.call(http.StatusUnauthorized, http.MethodPost, loginPath, signInAs("al@example.com", "correct horse"))
	require.Equal(t, wrongPassword.body["detail"], wrongEmail.body["detail"])
	require.Equal(t, "Bearer", wrongEmail.header.Get("WWW-Authenticate"))
}

func TestSignInIsLimitedPerClient(t *testing.T) {
	deps := newDeps(t)
	deps.AuthLimiter = ratelimit.NewLocal(ratelimit.Rate{Requests: 1, Per: time.Hour})
	c := newClientOf(t, deps).anonymous()

	c.call(http.StatusUnauthorized, http.MethodPost, loginPath, signInAs("jo@example.com", "correct horse"))
	for _, path := range []string{registerPath, loginPath} {
		refused := c.call(http.StatusTooManyRequests, http.MethodPost, path, signInAs("jo@example.com", "correct horse"))
		require.Equal(t, "3600", refused.header.Get("Retry-After"))
	}
	c.call(http.StatusUnauthorized, http.MethodPost, refreshPath, map[string]any{"refresh_token": "x"})
	c.call(http.StatusNoContent, http.MethodPost, logoutPath, map[string]any{"refresh_token": "x"})
}

func TestListUsersRequiresAdmin(t *testing.T) {
	c := newClient(t)
	ids := make([]string, 2)
	for n, email := range []string{"jo@example.com", "al@example.com"} {
		ids[n] = c.bearing(c.register(email).body["access_token"]).call(http.StatusOK, http.MethodGet, mePath, nil).id()
	}
	c.call(http.StatusForbidden, http.MethodGet, usersPath, nil)

	admin := c.admin()
	first := admin.call(http.StatusOK, http.MethodGet, usersPath+"?limit=1", nil)
	require.Equal(t, []string{ids[1]}, first.ids())
	cursor, _ := first.body["next_cursor"].(string)
	last := admin.call(http.StatusOK, http.MethodGet, usersPath+"?limit=1&cursor="+cursor, nil)
	require.Equal(t, []string{ids[0]}, last.ids())
	require.Nil(t, last.body["next_cursor"])
	require.Equal(t, []string{"limit"}, admin.call(http.StatusBadRequest, http.MethodGet, usersPath+"?limit=0", nil).fields())
}

func TestTokenOfDeletedUserIsRejected(t *testing.T) {
	newClient(t).call(http.StatusUnauthorized, http.MethodGet, mePath, nil)
}

func TestTokensAreRequired(t *testing.T) {
	c := newClient(t)
	missing := c.anonymous().call(http.StatusUnauthorized, http.MethodGet, mePath, nil)
	require.Equal(t, "Bearer", missing.header.Get("WWW-Authenticate"))
	wrong := c.bearing("x.y.z").call(http.StatusUnauthorized, http.MethodGet, mePath, nil)
	require.Equal(t, `Bearer error="invalid_token"`, wrong.header.Get("WWW-Authenticate"))
}
