package ratelimit

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/go-redis/redis_rate/v10"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/redis/go-redis/v9"

	"example.com/shop-api/internal/outage"
)

const (
	// redisTimeout limits how long a decision may delay a request.
	redisTimeout = 100 * time.Millisecond

	// leaseShare is the largest lease as a share of the limit.
	leaseShare = 20

	// horizonShare is the time for which requests are leased as a share of the
	// period of the limit.
	horizonShare = 60
)

// Redis is a Limiter that counts requests across all replicas of the service.
//
// It does not ask Redis for each request. A replica leases some requests of a
// client at once, as many as the client made in the last moment, and counts them
// on its own. Requests are taken from the limit before they are allowed, so
// together the replicas never allow more than the limit, except that a replica
// may use a lease a moment later: at most a twentieth of the limit per replica.
// Leases of slow clients, and of small limits, are single requests.
type Redis struct {
	name     string
	limit    redis_rate.Limit
	limiter  *redis_rate.Limiter
	server   *outage.Breaker
	fallback Limiter

	// maxLease is the largest lease, and horizon is the time for which requests
	// are leased. What is left of a lease after two horizons is not used, because
	// it would add to later requests.
	maxLease int
	horizon  time.Duration

	clients *lru.Cache[string, *client]
}

// client is the state of one client in this replica.
type client struct {
	mu sync.Mutex

	// left is how many requests of a lease of the given size are left. They may
	// be used before expires.
	left    int
	size    int
	leased  time.Time
	expires time.Time

	// remaining is what Redis had left after the lease, full is when the limit is
	// completely refilled, and refused is when a client without any requests may
	// try again.
	remaining int
	full      time.Time
	refused   time.Time
}

// NewRedis returns a Redis. The name separates its counters from those of other
// limiters in the same Redis. The fallback decides while the server is
// unavailable.
func NewRedis(conn redis.UniversalClient, name string, r Rate, fallback Limiter, server *outage.Breaker) *Redis {
	clients, err := lru.New[string, *client](maxClients)
	if err != nil {
		panic(fmt.Sprintf("ratelimit: %v", err)) // only happens for a size below 1
	}
	return &Redis{
		name:     name,
		limit:    redis_rate.Limit{Rate: r.Requests, Burst: r.Requests, Period: r.Per},
		limiter:  redis_rate.NewLimiter(conn),
		server:   server,
		fallback: fallback,
		maxLease: max(1, r.Requests/leaseShare),
		horizon:  r.Per / horizonShare,
		clients:  clients,
	}
}

// Allow implements Limiter.
func (l *Redis) Allow(ctx context.Context, key string) Decision {
	c, ok := l.clients.Get(key)
	if !ok {
		c = new(client)
		// If two first requests are concurrent, one uses the state of the other.
		if first, found, _ := l.clients.PeekOrAdd(key, c); found {
			c = first
		}
	}
	// Concurrent requests of a client wait for one lease.
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if now.Before(c.refused) {
		return l.decision(c, now, false)
	}
	if c.left == 0 || !now.Before(c.expires) {
		if !l.lease(ctx, c, key, now) {
			return l.fallback.Allow(ctx, key)
		}
		if c.left == 0 {
			return l.decision(c, now, false)
		}
	}
	c.left--
	return l.decision(c, now, true)
}

// lease takes requests of a client from its limit. It returns false if the
// server is unavailable.
func (l *Redis) lease(ctx context.Context, c *client, key string, now time.Time) bool {
	if !l.server.Ready() {
		return false
	}
	// The cancellation of a request is not a failure of Redis, and others may
	// wait for the lease.
	ctx = context.WithoutCancel(ctx)
	limited, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	size := l.nextSize(c, now)
	result, err := l.limiter.AllowAtMost(limited, l.name+":"+key, l.limit, size)
	if !l.server.Report(ctx, err) {
		return false
	}
	now = time.Now()
	c.left, c.size = result.Allowed, result.Allowed
	c.leased, c.expires = now, now.Add(2*l.horizon)
	c.remaining, c.full = result.Remaining, now.Add(result.ResetAfter)
	c.refused = time.Time{}
	if result.Allowed == 0 {
		c.refused = now.Add(max(0, result.RetryAfter))
	}
	return true
}

// nextSize returns how many requests the client is expected to make within the
// horizon: as many as it used of the last lease, in proportion to the time. It
// at most doubles, so that a burst does not lease more than is left of it.
func (l *Redis) nextSize(c *client, now time.Time) int {
	used := c.size - c.left
	if used == 0 {
		return 1
	}
	elapsed := max(now.Sub(c.leased), time.Microsecond)
	expected := float64(used) * float64(l.horizon) / float64(elapsed)
	return max(1, min(int(expected), 2*c.size, l.maxLease))
}

func (l *Redis) decision(c *client, now time.Time, allowed bool) Decision {
	decision := Decision{
		Allowed:   allowed,
		Limit:     l.limit.Burst,
		Remaining: c.remaining + c.left,
		Reset:     max(0, c.full.Sub(now)),
	}
	if !allowed {
		decision.RetryAfter = max(0, c.refused.Sub(now))
	}
	return decision
}
