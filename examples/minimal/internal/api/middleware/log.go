package middleware

import (
	"log/slog"
	"net/http"
	"time"

	"example.com/hello-api/internal/reqctx"
)

// AccessLog writes one line about each request, when it has been answered. It
// holds neither the query nor the bodies, which may hold secrets.
func AccessLog(log *slog.Logger) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			started := time.Now()
			answer := remember(w)
			defer func() {
				info := reqctx.From(r.Context())
				attrs := make([]slog.Attr, 0, 10)
				attrs = append(attrs,
					slog.String("method", r.Method),
					slog.String("route", info.Route),
					slog.String("path", r.URL.Path),
					slog.Int("status", answer.status),
					slog.Int64("bytes", answer.bytes),
					slog.Float64("duration_ms", float64(time.Since(started).Microseconds())/1000),
					slog.String("client_ip", info.ClientIP),
				)
				if info.Err != nil {
					attrs = append(attrs, slog.Any("error", info.Err))
				}
				log.LogAttrs(r.Context(), level(r, answer.status, info.Err), "request", attrs...)
			}()
			next.ServeHTTP(answer, r)
		})
	}
}

func level(r *http.Request, status int, err error) slog.Level {
	switch {
	case isProbe(r) && err == nil:
		// That the service is not ready while it stops is no error.
		return slog.LevelDebug
	case status >= http.StatusInternalServerError:
		return slog.LevelError
	case isProbe(r):
		return slog.LevelDebug
	default:
		return slog.LevelInfo
	}
}
