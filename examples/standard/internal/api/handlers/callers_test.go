package handlers_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/api"
	"example.com/shop-api/internal/auth"
	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/ratelimit"
	"example.com/shop-api/internal/repository/memory"
)

// issuer issues access tokens for the clients.
type issuer = *auth.Tokens

// addAuth adds accounts, stored in memory, to a service.
func addAuth(t testing.TB, deps *api.Deps, limiter ratelimit.Limiter) {
	t.Helper()
	tokens, err := auth.NewTokens(auth.Config{
		Secret:     strings.Repeat("s", 32),
		Issuer:     "test",
		Audience:   "test",
		AccessTTL:  time.Minute,
		RefreshTTL: time.Hour,
	})
	require.NoError(t, err)
	users, sessions := memory.NewUsers(), memory.NewSessions()
	deps.Auth = auth.NewService(auth.Deps{
		Users:    users,
		Sessions: sessions,
		InTx: func(ctx context.Context, fn func(ctx context.Context, users auth.UserRepository, sessions auth.SessionRepository) error) error {
			return fn(ctx, users, sessions)
		},
		Tokens:    tokens,
		Hasher:    auth.NewHasher(2),
		Attempts:  limiter,
		Refreshes: limiter,
		Grace:     time.Minute,
	})
	deps.Tokens = tokens
	deps.AuthLimiter = limiter
}

func issuerOf(deps api.Deps) issuer {
	tokens, _ := deps.Tokens.(*auth.Tokens)
	return tokens
}

// stranger returns a client of the same service with a different user.
func (c *client) stranger() *client {
	c.t.Helper()
	return c.as(uuid.New(), models.RoleUser)
}

// admin returns a client of the same service that is signed in as an admin.
func (c *client) admin() *client {
	c.t.Helper()
	return c.as(uuid.New(), models.RoleAdmin)
}

// as returns a client of the same service that is signed in as a user.
func (c *client) as(user uuid.UUID, role string) *client {
	c.t.Helper()
	token, err := c.issuer.Issue(models.User{ID: user, Role: role}, uuid.New(), time.Now())
	require.NoError(c.t, err)
	other := *c
	other.user = user
	other.token = token
	return &other
}
