package middleware

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"time"

	"example.com/hello-api/internal/api/problem"
	"example.com/hello-api/internal/apperr"
	"example.com/hello-api/internal/ratelimit"
)

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
