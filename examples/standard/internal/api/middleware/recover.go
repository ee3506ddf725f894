package middleware

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"example.com/shop-api/internal/api/problem"
	"example.com/shop-api/internal/api/record"
)

// errPanic is the cause of the error of a request whose handler panicked.
var errPanic = errors.New("panic")

// Recover recovers from panics in handlers, logs them and responds with status
// 500.
func Recover(log *slog.Logger) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			response := record.Of(w)
			defer func() {
				value := recover()
				if value == nil {
					return
				}
				if value == http.ErrAbortHandler { //nolint:errorlint // net/http compares it in the same way
					panic(value)
				}

				err := fmt.Errorf("%w: %v", errPanic, value)
				log.ErrorContext(r.Context(), "a handler panicked", "error", err, "stack", string(debug.Stack()))
				if response.Status != 0 {
					// An incomplete response must not look complete.
					response.Err = err
					panic(http.ErrAbortHandler)
				}
				// A panic is always a fault of the service, even if the context
				// is done.
				problem.Write(w, r.WithContext(context.WithoutCancel(r.Context())), err)
			}()
			next.ServeHTTP(w, r)
			if response.Status == 0 {
				// Like net/http, but in a way that the outer middleware can
				// see.
				w.WriteHeader(http.StatusOK)
			}
		})
	}
}
