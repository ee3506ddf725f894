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

// register creates an account.
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

	t.Run("a refresh token can be used once", func(t *testing.T) {
		c := c.in(t)
		first := c.login(ann)
		next := c.call(http.StatusOK, http.MethodPost, "/api/v1/auth/refresh", refreshing(first)).body
		require.NotEmpty(t, next["access_token"])

		c.call(http.StatusUnauthorized, http.MethodPost, "/api/v1/auth/refresh", refreshing(first))
		c.call(http.StatusUnauthorized, http.MethodPost, "/api/v1/auth/refresh", refreshing(next["refresh_token"].(string)))
	})

	t.Run("signing out revokes the refresh token", func(t *testing.T) {
		c := c.in(t)
		token := c.login(ann)
		c.call(http.StatusNoContent, http.MethodPost, "/api/v1/auth/logout", refreshing(token))
		c.call(http.StatusUnauthorized, http.MethodPost, "/api/v1/auth/refresh", refreshing(token))
	})

	t.Run("only admins can list users", func(t *testing.T) {
		c := c.in(t)
		c.login(ann)
		c.call(http.StatusForbidden, http.MethodGet, "/api/v1/users", nil)
		if s.cfg.Database.URL == "" {
			t.Skip("DATABASE_URL is not set")
		}
		require.NoError(t, app.SetRole(t.Context(), s.cfg.Database, ann.Email, models.RoleAdmin))
		c.login(ann)
		require.Contains(t, c.call(http.StatusOK, http.MethodGet, "/api/v1/users?limit=1", nil).text, ann.Email)
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

// someAddress returns an address that is not rate limited yet.
func someAddress() string {
	return "2001:db8:" + uuid.NewString()[:4] + ":" + uuid.NewString()[:4] + "::1"
}
