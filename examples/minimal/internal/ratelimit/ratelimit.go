// Package ratelimit limits the number of requests per client.
package ratelimit

import (
	"context"
	"fmt"
	"math"
	"net/netip"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// maxClients limits the memory of a Local to about 10 MB. It tracks the clients
// that were seen most recently.
const maxClients = 1 << 16

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

// Local is a Limiter that counts requests in this process only.
type Local struct {
	rate    Rate
	clients *lru.Cache[string, *rate.Limiter]
}

// NewLocal returns a Local with the given rate.
func NewLocal(r Rate) *Local {
	clients, err := lru.New[string, *rate.Limiter](maxClients)
	if err != nil {
		panic(fmt.Sprintf("ratelimit: %v", err)) // only happens for a size below 1
	}
	return &Local{rate: r, clients: clients}
}

// Allow implements Limiter.
func (l *Local) Allow(_ context.Context, key string) Decision {
	perSecond := float64(l.rate.Requests) / l.rate.Per.Seconds()
	client, ok := l.clients.Get(key)
	if !ok {
		client = rate.NewLimiter(rate.Limit(perSecond), l.rate.Requests)
		// If two first requests are concurrent, one uses the limiter of the
		// other.
		if first, found, _ := l.clients.PeekOrAdd(key, client); found {
			client = first
		}
	}

	now := time.Now()
	allowed := client.AllowN(now, 1)
	tokens := client.TokensAt(now)
	decision := Decision{
		Allowed:   allowed,
		Limit:     l.rate.Requests,
		Remaining: max(0, int(tokens)),
		Reset:     seconds((float64(l.rate.Requests) - tokens) / perSecond),
	}
	if !allowed {
		decision.RetryAfter = seconds((1 - tokens) / perSecond)
	}
	return decision
}

// seconds rounds up to whole milliseconds, so that clients do not retry too
// early.
func seconds(s float64) time.Duration {
	return time.Duration(math.Ceil(s*1000)) * time.Millisecond
}
