package handlers_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/models"
	"example.com/market-api/internal/ratelimit"
)

const (
	registerPath = "/api/v1/auth/register"
	loginPath    = "/api/v1/auth/login"
	refreshPath  = "/api/v1/auth/refresh"
	logoutPath   = "/api/v1/auth/logout"
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

func TestRegisterSignInAndSignOut(t *testing.T) {
	c := newClient(t).anonymous()
	user := c.call(http.StatusCreated, http.MethodPost, registerPath, signInAs("Jo@Example.com", "correct horse"))
	require.Equal(t, "jo@example.com", user.body["email"])
	require.Equal(t, models.RoleUser, user.body["role"])
	require.NotContains(t, user.text, "password")
	require.Equal(t, "/api/v1/me", user.header.Get("Location"))

	tokens := c.call(http.StatusOK, http.MethodPost, loginPath, signInAs("jo@example.com", "correct horse"))
	require.Equal(t, "Bearer", tokens.body["token_type"])
	require.EqualValues(t, 60, tokens.body["expires_in"])
	require.Equal(t, user.body, c.bearing(tokens.body["access_token"]).call(http.StatusOK, http.MethodGet, "/api/v1/me", nil).body)

	refresh := map[string]any{"refresh_token": tokens.body["refresh_token"]}
	next := c.call(http.StatusOK, http.MethodPost, refreshPath, refresh)
	require.NotEqual(t, tokens.body["refresh_token"], next.body["refresh_token"])
	require.Equal(t, user.body, c.bearing(next.body["access_token"]).call(http.StatusOK, http.MethodGet, "/api/v1/me", nil).body)

	signOut := map[string]any{"refresh_token": next.body["refresh_token"]}
	c.call(http.StatusNoContent, http.MethodPost, logoutPath, signOut)
	c.call(http.StatusNoContent, http.MethodPost, logoutPath, signOut)
	c.call(http.StatusUnauthorized, http.MethodPost, refreshPath, signOut)
}

func TestRefreshTokenCanBeUsedOnce(t *testing.T) {
	c := newClient(t).anonymous()
	c.call(http.StatusCreated, http.MethodPost, registerPath, signInAs("jo@example.com", "correct horse"))
	tokens := c.call(http.StatusOK, http.MethodPost, loginPath, signInAs("jo@example.com", "correct horse"))
	stolen := map[string]any{"refresh_token": tokens.body["refresh_token"]}
	next := c.call(http.StatusOK, http.MethodPost, refreshPath, stolen)

	c.call(http.StatusUnauthorized, http.MethodPost, refreshPath, stolen)
	c.call(http.StatusUnauthorized, http.MethodPost, refreshPath, map[string]any{"refresh_token": next.body["refresh_token"]})
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
		{signInAs("al@example.com", strings.Repeat("x", 129)), []string{"password"}},
		{signInAs("al@example.com", "correct\x00horse"), []string{"password"}},
		{map[string]any{}, []string{"email", "password"}},
		{map[string]any{"email": 1, "password": "correct horse"}, []string{"email"}},
		{map[string]any{"email": "al@example.com", "password": "correct horse", "role": "admin"}, []string{"role"}},
	}
	for _, test := range tests {
		require.Equal(t, test.fields, c.call(http.StatusUnprocessableEntity, http.MethodPost, registerPath, test.body).fields())
	}
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

	c.call(http.StatusUnauthorized, http.MethodPost, refreshPath, map[string]any{"refresh_token": "x"})
	for _, path := range []string{registerPath, loginPath, refreshPath} {
		refused := c.call(http.StatusTooManyRequests, http.MethodPost, path, signInAs("jo@example.com", "correct horse"))
		require.Equal(t, "3600", refused.header.Get("Retry-After"))
	}
	c.call(http.StatusNoContent, http.MethodPost, logoutPath, map[string]any{"refresh_token": "x"})
	c.call(http.StatusOK, http.MethodGet, "/livez", nil)
}

func TestListUsersRequiresAdmin(t *testing.T) {
	c := newClient(t)
	ids := make([]string, 2)
	for n, email := range []string{"jo@example.com", "al@example.com"} {
		ids[n] = c.anonymous().call(http.StatusCreated, http.MethodPost, registerPath, signInAs(email, "correct horse")).id()
	}
	c.call(http.StatusForbidden, http.MethodGet, "/api/v1/users", nil)

	admin := c.as(uuid.New(), models.RoleAdmin)
	first := admin.call(http.StatusOK, http.MethodGet, "/api/v1/users?limit=1", nil)
	require.Equal(t, []string{ids[1]}, first.ids())
	cursor, _ := first.body["next_cursor"].(string)
	last := admin.call(http.StatusOK, http.MethodGet, "/api/v1/users?limit=1&cursor="+cursor, nil)
	require.Equal(t, []string{ids[0]}, last.ids())
	require.Nil(t, last.body["next_cursor"])
	require.Equal(t, []string{"limit"}, admin.call(http.StatusBadRequest, http.MethodGet, "/api/v1/users?limit=0", nil).fields())
}

func TestTokenOfDeletedUserIsRejected(t *testing.T) {
	newClient(t).call(http.StatusUnauthorized, http.MethodGet, "/api/v1/me", nil)
}

func TestSignInIsRequired(t *testing.T) {
	c := newClient(t)
	public := []string{registerPath, loginPath, refreshPath, logoutPath}
	for path, item := range document(t).Paths.Map() {
		for method := range item.Operations() {
			if !strings.HasPrefix(path, "/api/") || slices.Contains(public, path) {
				continue
			}
			path := strings.ReplaceAll(path, "{id}", uuid.NewString())
			missing := c.anonymous().call(http.StatusUnauthorized, method, path, nil)
			require.Equal(t, "Bearer", missing.header.Get("WWW-Authenticate"))
			wrong := c.bearing("x.y.z").call(http.StatusUnauthorized, method, path, nil)
			require.Equal(t, `Bearer error="invalid_token"`, wrong.header.Get("WWW-Authenticate"))
		}
	}
}
