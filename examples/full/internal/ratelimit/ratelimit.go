// Package ratelimit counts what each client may still ask for.
package ratelimit

import (
	"context"
	"net/netip"
	"time"
)

// Rate is how often something may happen. All of it may happen at once; after
// that it comes back bit by bit.
type Rate struct {
	Requests int
	Per      time.Duration
}

// Decision is a limiter's answer.
type Decision struct {
	Allowed bool

	// RetryAfter is how long a refused client has to wait.
	RetryAfter time.Duration

	// Limit is how many requests may come at once, Remaining how many of them
	// are left, and Reset how long it takes until all of them are back.
	Limit     int
	Remaining int
	Reset     time.Duration
}

// Limiter decides whether whoever a key stands for may go on.
type Limiter interface {
	Allow(ctx context.Context, key string) Decision
}

// ClientKey returns the key of a client's address. A client has a whole /64 of
// IPv6 addresses to choose from, so these share one key.
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
