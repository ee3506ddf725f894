package middleware

import (
	"net/http"
	"strings"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/auth"
	"example.com/shop-api/internal/ratelimit"
	"example.com/shop-api/internal/reqctx"
)

// Guard decides whether a request may proceed to its handler. Each route lists
// its guards.
type Guard func(r *http.Request) error

// TokenVerifier verifies access tokens.
type TokenVerifier interface {
	Verify(token string) (auth.Claims, error)
}

// Authenticated allows callers with a valid access token, and adds their
// identity to the request context.
func Authenticated(tokens TokenVerifier) Guard {
	return func(r *http.Request) error {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return apperr.New(apperr.Unauthenticated, "an access token is required")
		}
		claims, err := tokens.Verify(strings.TrimSpace(token))
		if err != nil {
			return err
		}
		info := reqctx.From(r.Context())
		info.UserID = claims.UserID
		info.Role = claims.Role
		return nil
	}
}

// HasRole allows authenticated callers with a role.
func HasRole(role string) Guard {
	return func(r *http.Request) error {
		if reqctx.From(r.Context()).Role != role {
			return apperr.New(apperr.Forbidden, "the role "+role+" is required")
		}
		return nil
	}
}

// Within allows clients that stay within a rate limit.
func Within(limiter ratelimit.Limiter) Guard {
	return func(r *http.Request) error {
		decision := limiter.Allow(r.Context(), ratelimit.ClientKey(reqctx.From(r.Context()).ClientIP))
		if !decision.Allowed {
			return apperr.Limited("too many requests", decision.RetryAfter)
		}
		return nil
	}
}
