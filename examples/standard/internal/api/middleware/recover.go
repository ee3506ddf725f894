package middleware

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"example.com/shop-api/internal/api/problem"
	"example.com/shop-api/internal/reqctx"
)

// Recover answers a request whose handler panics, and logs where it did.
func Recover(log *slog.Logger) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer := remember(w)
			defer func() {
				value := recover()
				if value == nil {
					return
				}
				if value == http.ErrAbortHandler { //nolint:errorlint // net/http compares it like this, too
					panic(value)
				}

				err := fmt.Errorf("panic: %v", value)
				log.ErrorContext(r.Context(), "a handler panicked", "error", err, "stack", string(debug.Stack()))
				if answer.started() {
					// Half an answer must not look like a whole one.
					reqctx.From(r.Context()).Err = err
					panic(http.ErrAbortHandler)
				}
				// Whatever the context says by now, it is a fault of the service.
				problem.Write(answer, r.WithContext(context.WithoutCancel(r.Context())), err)
			}()
			next.ServeHTTP(answer, r)
			if !answer.started() {
				// net/http would do so as well, but nobody here would hear of it.
				answer.WriteHeader(http.StatusOK)
			}
		})
	}
}
