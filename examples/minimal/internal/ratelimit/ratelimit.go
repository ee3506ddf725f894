// Package ratelimit limits the number of requests per client.
package ratelimit

import (
	"context"
	"net/netip"
	"time"
)

// Rate is a number of requests per period. They may be made in a single burst.
// After that, the budget refills continuously.
type Rate struct {
	Requests int
	Per      time.Duration
}

// Decision is the result of a Limiter.
type Decision struct {
	Allowed bool

	// RetryAfter is how long a rejected client has to wait.
	RetryAfter time.Duration

	// Limit is the size of a burst, Remaining is how much of it is left, and
	// Reset is the time until it is completely refilled.
	Limit     int
	Remaining int
	Reset     time.Duration
}

// Limiter decides whether a request with the given key is allowed.
type Limiter interface {
	Allow(ctx context.Context, key string) Decision
}

// ClientKey returns the key for the address of a client. IPv6 clients usually
// have a whole /64 network, so its addresses share one key.
func ClientKey(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil || addr.Is4() {
		return ip
	}
	network, err := addr.WithZone("").Prefix(64)
	if err != nil {
		return ip
	}
	return network.String()
}
