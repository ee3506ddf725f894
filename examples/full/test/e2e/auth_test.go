package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/app"
	"example.com/market-api/internal/models"
)

// account holds the credentials of a user.
type account struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

func newAccount() account {
	return account{Email: uuid.NewString() + "@example.com", Password: "correct horse battery"}
}

// register creates an account without signing in to it.
func register(t *testing.T, s *service) (*client, account) {
	t.Helper()
	c, a := &client{t: t, service: s}, newAccount()
	c.call(http.StatusCreated, http.MethodPost, "/api/v1/auth/register", a)
	return c, a
}

// login signs in and returns the refresh token.
func (c *client) login(a account) (refreshToken string) {
	c.t.Helper()
	tokens := c.call(http.StatusOK, http.MethodPost, "/api/v1/auth/login", a).body
	c.token = tokens["access_token"].(string)
	return tokens["refresh_token"].(string)
}

// signIn creates an account and signs in.
func signIn(t *testing.T, s *service) *client {
	t.Helper()
	c, a := register(t, s)
	c.login(a)
	return c
}

func refreshing(token string) map[string]string {
	return map[string]string{"refresh_token": token}
}

func checkAccounts(t *testing.T, s *service) {
	c, ann := register(t, s)

	t.Run("an email can be registered once", func(t *testing.T) {
		c := c.in(t)
		taken := c.call(http.StatusConflict, http.MethodPost, "/api/v1/auth/register", account{strings.ToUpper(ann.Email), ann.Password})
		require.Contains(t, taken.text, `"field":"email"`)
	})

	t.Run("a role cannot be registered", func(t *testing.T) {
		c := c.in(t)
		body := map[string]string{"email": newAccount().Email, "password": ann.Password, "role": "admin"}
		refused := c.call(http.StatusUnprocessableEntity, http.MethodPost, "/api/v1/auth/register", body)
		require.Contains(t, refused.text, `"field":"role"`)
	})

	t.Run("a wrong password and an unknown email give the same response", func(t *testing.T) {
		c := c.in(t)
		wrong := c.call(http.StatusUnauthorized, http.MethodPost, "/api/v1/auth/login", account{ann.Email, "hunter2hunter2"})
		unknown := c.call(http.StatusUnauthorized, http.MethodPost, "/api/v1/auth/login", account{newAccount().Email, "hunter2hunter2"})
		require.Equal(t, wrong.body["detail"], unknown.body["detail"])
		require.True(t, strings.HasPrefix(wrong.header.Get("WWW-Authenticate"), "Bearer"))
	})

	t.Run("an access token identifies the caller", func(t *testing.T) {
		c := c.in(t)
		c.call(http.StatusUnauthorized, http.MethodGet, "/api/v1/me", nil)
		c.login(ann)
		me := c.call(http.StatusOK, http.MethodGet, "/api/v1/me", nil)
		require.Equal(t, ann.Email, me.body["email"])
		require.NotContains(t, me.text, "password")

		forged := &client{t: t, service: s, token: c.token + "x"}
		refused := forged.call(http.StatusUnauthorized, http.MethodGet, "/api/v1/me", nil)
		require.Contains(t, refused.header.Get("WWW-Authenticate"), "invalid_token")
	})

	t.Run("the last sign-in with the password is recorded", func(t *testing.T) {
		c := c.in(t)
		lastLogin := func() any { return c.call(http.StatusOK, http.MethodGet, "/api/v1/me", nil).body["last_login_at"] }
		c.login(ann)
		before := lastLogin()
		token := c.login(ann)
		after := lastLogin()
		require.NotEmpty(t, after)
		require.NotEqual(t, before, after)

		c.token = c.call(http.StatusOK, http.MethodPost, "/api/v1/auth/refresh", refreshing(token)).body["access_token"].(string)
		require.Equal(t, after, lastLogin())
	})

	t.Run("a lost response to a refresh can be repeated", func(t *testing.T) {
		c := c.in(t)
		first := c.login(ann)
		lost := c.call(http.StatusOK, http.MethodPost, "/api/v1/auth/refresh", refreshing(first)).body
		next := c.call(http.StatusOK, http.MethodPost, "/api/v1/auth/refresh", refreshing(first)).body
		require.Equal(t, lost["refresh_token"], next["refresh_token"])
		require.NotEqual(t, first, next["refresh_token"])
	})

	t.Run("reusing an old refresh token ends the session", func(t *testing.T) {
		c := c.in(t)
		first := c.login(ann)
		token := first
		for range 2 {
			token = c.call(http.StatusOK, http.MethodPost, "/api/v1/auth/refresh", refreshing(token)).body["refresh_token"].(string)
		}
		c.call(http.StatusUnauthorized, http.MethodPost, "/api/v1/auth/refresh", refreshing(first))
		c.call(http.StatusUnauthorized, http.MethodPost, "/api/v1/auth/refresh", refreshing(token))
	})

	t.Run("sessions can be listed and ended", func(t *testing.T) {
		c, me := register(t, s)
		c = c.in(t)
		token := c.login(me)
		ended := c.login(me)
		listed := c.call(http.StatusOK, http.MethodGet, "/api/v1/sessions", nil)
		sessions := listed.body["items"].([]any)
		require.Len(t, sessions, 3)
		newest := sessions[0].(map[string]any)
		require.Equal(t, true, newest["current"])

		c.call(http.StatusNoContent, http.MethodDelete, "/api/v1/sessions/"+newest["id"].(string), nil)
		c.call(http.StatusUnauthorized, http.MethodPost, "/api/v1/auth/refresh", refreshing(ended))
		c.call(http.StatusNoContent, http.MethodDelete, "/api/v1/sessions", nil)
		c.call(http.StatusUnauthorized, http.MethodPost, "/api/v1/auth/refresh", refreshing(token))
	})

	t.Run("a new password ends the other sessions", func(t *testing.T) {
		c, me := register(t, s)
		c = c.in(t)
		stolen, own := c.login(me), c.login(me)
		change := map[string]string{"current_password": me.Password, "new_password": "battery horse correct"}
		c.call(http.StatusNoContent, http.MethodPut, "/api/v1/me/password", change)

		c.call(http.StatusUnauthorized, http.MethodPost, "/api/v1/auth/refresh", refreshing(stolen))
		c.call(http.StatusOK, http.MethodPost, "/api/v1/auth/refresh", refreshing(own))
		c.call(http.StatusUnauthorized, http.MethodPost, "/api/v1/auth/login", me)
	})

	t.Run("an account can be deleted", func(t *testing.T) {
		c, me := register(t, s)
		c = c.in(t)
		token := c.login(me)
		c.call(http.StatusNoContent, http.MethodDelete, "/api/v1/me", map[string]string{"password": me.Password})

		c.call(http.StatusUnauthorized, http.MethodGet, "/api/v1/me", nil)
		c.call(http.StatusUnauthorized, http.MethodPost, "/api/v1/auth/refresh", refreshing(token))
		c.call(http.StatusUnauthorized, http.MethodPost, "/api/v1/auth/login", me)
	})

	t.Run("signing out ends the session", func(t *testing.T) {
		c := c.in(t)
		token := c.login(ann)
		c.call(http.StatusNoContent, http.MethodPost, "/api/v1/auth/logout", refreshing(token))
		c.call(http.StatusUnauthorized, http.MethodPost, "/api/v1/auth/refresh", refreshing(token))
	})

	t.Run("only admins can manage users", func(t *testing.T) {
		c := c.in(t)
		c.login(ann)
		c.call(http.StatusForbidden, http.MethodGet, "/api/v1/users", nil)
		id := c.call(http.StatusOK, http.MethodGet, "/api/v1/me", nil).body["id"].(string)
		c.call(http.StatusForbidden, http.MethodPatch, "/api/v1/users/"+id, map[string]bool{"disabled": true}, "Content-Type", mergePatch)
		if s.cfg.Database.URL == "" {
			t.Skip("DATABASE_URL is not set")
		}
		require.NoError(t, app.SetRole(t.Context(), s.cfg.Database, ann.Email, models.RoleAdmin))
		c.login(ann)
		c.call(http.StatusOK, http.MethodGet, "/api/v1/users?limit=1", nil)
		other, bob := register(t, s)
		token := other.login(bob)
		id = other.call(http.StatusOK, http.MethodGet, "/api/v1/me", nil).body["id"].(string)
		c.call(http.StatusOK, http.MethodPatch, "/api/v1/users/"+id, map[string]bool{"disabled": true}, "Content-Type", mergePatch)
		other.call(http.StatusUnauthorized, http.MethodPost, "/api/v1/auth/refresh", refreshing(token))
		other.call(http.StatusUnauthorized, http.MethodPost, "/api/v1/auth/login", bob)
	})
}

func TestSignInsAreLimited(t *testing.T) {
	s := start(t, "AUTH_RATE_LIMIT_REQUESTS=3", "AUTH_ACCOUNT_LIMIT_REQUESTS=6", "AUTH_RATE_LIMIT_PERIOD=1h", "HTTP_TRUSTED_PROXIES=127.0.0.0/8")
	// All attempts are for the same account.
	c, victim := &client{t: t, service: s}, newAccount()
	try := func(status int, address string) response {
		return c.call(status, http.MethodPost, "/api/v1/auth/login", victim, "X-Forwarded-For", address)
	}

	one := someAddress()
	for range 3 {
		try(http.StatusUnauthorized, one)
	}
	try(http.StatusTooManyRequests, one)
	for range 3 {
		try(http.StatusUnauthorized, someAddress())
	}
	require.NotEmpty(t, try(http.StatusTooManyRequests, someAddress()).header.Get("Retry-After"))
}
