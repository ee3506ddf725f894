package auth_test

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/auth"
	"example.com/shop-api/internal/models"
)

func TestUserFrom(t *testing.T) {
	user := auth.User{ID: uuid.New(), Roles: []string{models.RoleUser}}

	found, err := auth.UserFrom(auth.WithUser(t.Context(), user))

	require.NoError(t, err)
	require.Equal(t, user, found)
}

func TestUserFromRequiresUser(t *testing.T) {
	for name, ctx := range map[string]context.Context{
		"no user":     t.Context(),
		"a zero user": auth.WithUser(t.Context(), auth.User{}),
		"only a role": auth.WithUser(t.Context(), auth.User{Roles: []string{models.RoleAdmin}}),
	} {
		user, err := auth.UserFrom(ctx)
		require.Equal(t, apperr.Unauthenticated, apperr.KindOf(err), name)
		require.Zero(t, user, name)
	}
}

func TestMayAccess(t *testing.T) {
	owner := uuid.New()

	require.True(t, auth.User{ID: owner}.MayAccess(owner))
	require.True(t, auth.User{ID: uuid.New(), Roles: []string{"x", models.RoleAdmin}}.MayAccess(owner))
	require.False(t, auth.User{ID: uuid.New(), Roles: []string{models.RoleUser}}.MayAccess(owner))
	require.False(t, auth.User{ID: uuid.New()}.MayAccess(owner))
}
