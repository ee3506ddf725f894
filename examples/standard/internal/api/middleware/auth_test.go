package middleware_test

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/api/middleware"
	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/auth"
)

// tokens maps tokens to users.
type tokens map[string]auth.User

func (t tokens) Verify(token string) (auth.User, error) {
	user, ok := t[token]
	if !ok {
		return auth.User{}, apperr.New(apperr.Unauthenticated, "the access token is not valid")
	}
	return user, nil
}

func TestAuthenticated(t *testing.T) {
	user := auth.User{ID: uuid.New(), Roles: []string{"user"}, SessionID: uuid.New()}
	guard := middleware.Authenticated(tokens{"good": user})
	for _, authorization := range []string{"Bearer good", "bearer good", "BEARER  good "} {
		found, err := guarded(t, guard, http.MethodGet, "Authorization", authorization)
		require.NoError(t, err)
		require.Equal(t, user, found)
	}
	for _, authorization := range []string{"", "good", "Bearer", "Bearer ", "Bearer bad", "Basic good", "Bearer good good", "Bearergood"} {
		_, err := guarded(t, guard, http.MethodGet, "Authorization", authorization)
		require.Equal(t, apperr.Unauthenticated, apperr.KindOf(err), authorization)
	}
}
