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
	"example.com/hello-api/internal/reqctx"
)

// RateLimit refuses the requests of clients who have sent too many.
func RateLimit(limiter ratelimit.Limiter) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if isProbe(r) {
				next.ServeHTTP(w, r)
				return
			}
			key := ratelimit.ClientKey(reqctx.From(r.Context()).ClientIP)
			decision := limiter.Allow(r.Context(), key)
			header := w.Header()
			header.Set("RateLimit-Limit", strconv.Itoa(decision.Limit))
			header.Set("RateLimit-Remaining", strconv.Itoa(decision.Remaining))
			header.Set("RateLimit-Reset", strconv.Itoa(int(math.Ceil(decision.Reset.Seconds()))))
			if !decision.Allowed {
				problem.Write(w, r, apperr.Limited("too many requests", decision.RetryAfter))
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// Timeout ends the context of a request that takes too long. Whatever waits
// for something else then fails, and the request is answered with that.
func Timeout(limit time.Duration) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), limit)
			defer cancel()
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}

// BodyLimit keeps handlers from reading more of a body than they should.
func BodyLimit(bytes int64) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, bytes)
			next.ServeHTTP(w, r)
		})
	}
}
