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
				level := level(r, response.Status, response.Err)
				if !log.Enabled(r.Context(), level) {
					return
				}
				// Without a source position, which would be the same in each line.
				line := slog.NewRecord(time.Now(), level, "request", 0)
				line.AddAttrs(
					slog.String("method", r.Method),
					slog.String("route", response.Route),
					slog.String("path", r.URL.Path),
					slog.Int("status", response.Status),
					slog.Int64("bytes", response.Bytes),
					slog.Float64("duration_ms", float64(time.Since(started).Microseconds())/1000),
					slog.String("client_ip", ClientIP(r.Context())),
				)
				if response.Err != nil {
					line.AddAttrs(slog.Any("error", response.Err))
				}
				// Nobody can be told that the log cannot be written.
				_ = log.Handler().Handle(r.Context(), line)
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
