package middleware

import (
	"context"
	"net/http"
	"strings"

	"example.com/market-api/internal/api/record"
	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/auth"
)

// TokenVerifier verifies access tokens.
type TokenVerifier interface {
	Verify(token string) (auth.User, error)
}

// Authenticated allows callers with a valid access token, and adds the user to
// the request context.
func Authenticated(tokens TokenVerifier) Guard {
	return func(w http.ResponseWriter, r *http.Request) (context.Context, error) {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return nil, apperr.New(apperr.Unauthenticated, "an access token is required")
		}
		user, err := tokens.Verify(strings.TrimSpace(token))
		if err != nil {
			return nil, err
		}
		record.Of(w).UserID = user.ID
		return auth.WithUser(r.Context(), user), nil
	}
}
