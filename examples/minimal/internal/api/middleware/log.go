package middleware

import (
	"log/slog"
	"net/http"
	"time"

	"example.com/hello-api/internal/api/record"
)

// AccessLog logs each request after its response has been sent. It omits the
// query and the bodies, because they may contain secrets.
func AccessLog(log *slog.Logger) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			started := time.Now()
			response := record.Of(w)
			defer func() {
				attrs := make([]slog.Attr, 0, 10)
				attrs = append(attrs,
					slog.String("method", r.Method),
					slog.String("route", response.Route),
					slog.String("path", r.URL.Path),
					slog.Int("status", response.Status),
					slog.Int64("bytes", response.Bytes),
					slog.Float64("duration_ms", float64(time.Since(started).Microseconds())/1000),
					slog.String("client_ip", ClientIP(r.Context())),
				)
				if response.Err != nil {
					attrs = append(attrs, slog.Any("error", response.Err))
				}
				log.LogAttrs(r.Context(), level(r, response.Status, response.Err), "request", attrs...)
			}()
			next.ServeHTTP(w, r)
		})
	}
}

func level(r *http.Request, status int, err error) slog.Level {
	switch {
	case isProbe(r) && err == nil:
		// It is not an error to be not ready during shutdown.
		return slog.LevelDebug
	case status >= http.StatusInternalServerError:
		return slog.LevelError
	case isProbe(r):
		return slog.LevelDebug
	default:
		return slog.LevelInfo
	}
}
