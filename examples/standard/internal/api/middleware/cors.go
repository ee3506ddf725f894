package middleware

import (
	"net/http"
	"time"

	"github.com/rs/cors"
)

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
