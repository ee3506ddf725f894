package app

import (
	"time"

	"example.com/hello-api/internal/ratelimit"
)

// newLimiter returns a limiter for this process. Every replica counts on its
// own.
func newLimiter(requests int, period time.Duration) ratelimit.Limiter {
	return ratelimit.NewLocal(ratelimit.Rate{Requests: requests, Per: period})
}
