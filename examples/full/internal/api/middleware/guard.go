package middleware

import (
	"context"
	"net/http"

	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/auth"
	"example.com/market-api/internal/ratelimit"
)

// Guard decides whether a request may proceed to its handler. It returns the
// context for the handler.
type Guard func(w http.ResponseWriter, r *http.Request) (context.Context, error)

// All allows requests that all guards allow.
func All(guards ...Guard) Guard {
	return func(w http.ResponseWriter, r *http.Request) (context.Context, error) {
		for _, guard := range guards {
			ctx, err := guard(w, r)
			if err != nil {
				return nil, err
			}
			r = r.WithContext(ctx)
		}
		return r.Context(), nil
	}
}

// HasRole allows authenticated callers with a role.
func HasRole(role string) Guard {
	return func(_ http.ResponseWriter, r *http.Request) (context.Context, error) {
		user, err := auth.UserFrom(r.Context())
		if err != nil {
			return nil, err
		}
		if !user.HasRole(role) {
			return nil, apperr.New(apperr.Forbidden, "the role "+role+" is required")
		}
		return r.Context(), nil
	}
}

// Within allows clients that stay within a rate limit. Clients behind a proxy
// that is missing in the configuration all have its address, and one of them
// could lock the others out, so they are not limited here. The limit of each
// account still is.
func Within(limiter ratelimit.Limiter) Guard {
	return func(_ http.ResponseWriter, r *http.Request) (context.Context, error) {
		if sharesAddress(r.Context()) {
			return r.Context(), nil
		}
		decision := limiter.Allow(r.Context(), ratelimit.ClientKey(ClientIP(r.Context())))
		if !decision.Allowed {
			return nil, apperr.Limited("too many requests", decision.RetryAfter)
		}
		return r.Context(), nil
	}
}
