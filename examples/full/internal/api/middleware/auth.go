package middleware

import (
	"net/http"
	"strings"

	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/auth"
	"example.com/market-api/internal/ratelimit"
	"example.com/market-api/internal/reqctx"
)

// Guard decides whether a request may go on to its handler. The routes name
// the guards they have.
type Guard func(r *http.Request) error

// TokenVerifier checks access tokens.
type TokenVerifier interface {
	Verify(token string) (auth.Claims, error)
}

// Authenticated lets callers with a valid access token pass, and remembers who
// they are.
func Authenticated(tokens TokenVerifier) Guard {
	return func(r *http.Request) error {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return apperr.New(apperr.Unauthenticated, "an access token is needed")
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

// HasRole lets authenticated callers with a role pass.
func HasRole(role string) Guard {
	return func(r *http.Request) error {
		if reqctx.From(r.Context()).Role != role {
			return apperr.New(apperr.Forbidden, "only for the role "+role)
		}
		return nil
	}
}

// Within lets clients pass who stay within a limit.
func Within(limiter ratelimit.Limiter) Guard {
	return func(r *http.Request) error {
		decision := limiter.Allow(r.Context(), ratelimit.ClientKey(reqctx.From(r.Context()).ClientIP))
		if !decision.Allowed {
			return apperr.Limited("too many requests", decision.RetryAfter)
		}
		return nil
	}
}
