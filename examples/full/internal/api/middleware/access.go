package middleware

import (
	"context"
	"maps"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/rs/cors"

	"example.com/market-api/internal/api/problem"
	"example.com/market-api/internal/api/record"
	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/auth"
	"example.com/market-api/internal/ratelimit"
)

// securityHeaders tell browsers to do nothing with a response except pass it to
// the caller. The values are shared between responses.
var securityHeaders = http.Header{
	"Cache-Control":           {"no-store"},
	"Content-Security-Policy": {"default-src 'none'; frame-ancestors 'none'"},
	"Referrer-Policy":         {"no-referrer"},
	"X-Content-Type-Options":  {"nosniff"},
	"X-Frame-Options":         {"DENY"},
}

// SecurityHeaders sets headers that protect clients in browsers.
func SecurityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		maps.Copy(w.Header(), securityHeaders)
		if r.TLS != nil {
			w.Header().Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		next.ServeHTTP(w, r)
	})
}

// CORS allows pages of the given origins to call the service. If there are
// none, pages of other origins cannot call it.
func CORS(origins []string) Middleware {
	if len(origins) == 0 {
		return func(next http.Handler) http.Handler { return next }
	}
	return cors.New(cors.Options{
		AllowedOrigins: origins,
		AllowedMethods: []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete},
		AllowedHeaders: []string{"Authorization", "Content-Type", "If-Match", "If-None-Match", requestIDHeader, "Traceparent", "Tracestate"},
		ExposedHeaders: []string{"Accept-Patch", "ETag", "Location", "Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", requestIDHeader},
		MaxAge:         int((10 * time.Minute).Seconds()),
	}).Handler
}

// The headers with the state of the rate limit, in the form in which net/http
// stores them.
const (
	rateLimitLimit     = "Ratelimit-Limit"
	rateLimitRemaining = "Ratelimit-Remaining"
	rateLimitReset     = "Ratelimit-Reset"
)

// RateLimit rejects requests of clients that exceed the rate limit.
func RateLimit(limiter ratelimit.Limiter) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if isProbe(r) {
				next.ServeHTTP(w, r)
				return
			}
			key := ratelimit.ClientKey(ClientIP(r.Context()))
			decision := limiter.Allow(r.Context(), key)
			header := w.Header()
			header.Set(rateLimitLimit, strconv.Itoa(decision.Limit))
			header.Set(rateLimitRemaining, strconv.Itoa(decision.Remaining))
			header.Set(rateLimitReset, strconv.Itoa(int(math.Ceil(decision.Reset.Seconds()))))
			if !decision.Allowed {
				problem.Write(w, r, apperr.Limited("too many requests", decision.RetryAfter))
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// Timeout cancels the context of a request after a time limit. Operations that
// use the context then fail, which ends the request.
func Timeout(limit time.Duration) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), limit)
			defer cancel()
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}

// BodyLimit limits the size of request bodies. It does not wait for a body whose
// length is known to be too large.
func BodyLimit(bytes int64) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength > bytes {
				problem.Write(w, r, problem.New(http.StatusRequestEntityTooLarge, "the body is too large"))
				return
			}
			r.Body = http.MaxBytesReader(w, r.Body, bytes)
			next.ServeHTTP(w, r)
		})
	}
}

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
