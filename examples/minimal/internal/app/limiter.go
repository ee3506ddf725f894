package app

import (
	"time"

	"example.com/hello-api/internal/ratelimit"
)

// newLimiter returns a limiter of this process: every replica counts for itself.
func newLimiter(requests int, period time.Duration) ratelimit.Limiter {
	return ratelimit.NewLocal(ratelimit.Rate{Requests: requests, Per: period})
}
