// Package cache caches values in Redis. If Redis is unavailable or slow, values
// are loaded from their source instead.
package cache

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/singleflight"
)

// loadTimeout limits a load. The load continues if one of its callers gives up,
// because others may be waiting for it.
const loadTimeout = 10 * time.Second

// Config configures a Store.
type Config struct {
	// TTL is how long values are cached, plus or minus ten percent. It is also
	// how long a stale value may remain if Redis is unavailable when the value
	// changes.
	TTL time.Duration

	// Timeout limits each Redis command.
	Timeout time.Duration
}

// Stats holds the counters of a Store.
type Stats struct {
	Hits   uint64
	Misses uint64
	Errors uint64
}

// Store is a cache of values by key.
type Store struct {
	client  redis.UniversalClient
	ttl     time.Duration
	timeout time.Duration
	log     *slog.Logger
	loads   singleflight.Group

	hits   atomic.Uint64
	misses atomic.Uint64
	errors atomic.Uint64

	// failing is set while Redis is unavailable, so that the outage is logged
	// once.
	failing atomic.Bool
}

// New returns a Store that uses the Redis database of the client.
func New(client redis.UniversalClient, cfg Config, log *slog.Logger) *Store {
	return &Store{client: client, ttl: cfg.TTL, timeout: cfg.Timeout, log: log}
}

// Fetch returns the value of a key. If the value is not cached, it is loaded
// once for all concurrent callers and then cached. The callers share the value,
// so they must not modify what it points to.
func Fetch[T any](ctx context.Context, s *Store, key string, load func(context.Context) (T, error)) (T, error) {
	text, reachable := s.get(ctx, key)
	if value, ok := decode[T](text); ok {
		s.hits.Add(1)
		return value, nil
	}
	s.misses.Add(1)

	result := s.loads.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTimeout)
		defer cancel()
		if !reachable {
			return guarded(ctx, load)
		}
		return loadAndKeep(ctx, s, key, load)
	})
	select {
	case loaded := <-result:
		value, _ := loaded.Val.(T)
		return value, loaded.Err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// Forget removes a key from the cache and keeps loads in progress from storing
// an outdated value. It ignores the cancellation of ctx, because the value has
// already changed.
func (s *Store) Forget(ctx context.Context, key string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.timeout)
	defer cancel()
	s.responded(ctx, s.client.Del(ctx, key).Err())

	// Later callers must not join a load that started before the change.
	s.loads.Forget(key)
}

// Stats returns the current counters.
func (s *Store) Stats() Stats {
	return Stats{Hits: s.hits.Load(), Misses: s.misses.Load(), Errors: s.errors.Load()}
}

// On a miss, the loader first stores a lease under the key. It replaces the
// lease with the value after loading. Forget removes values and leases, so a
// value that was loaded before a change finds no lease and is not cached.
const leasePrefix = "lease:"

var (
	// takeLease returns the value of a key, or stores a lease if there is no
	// value.
	takeLease = redis.NewScript(`
local value = redis.call("GET", KEYS[1])
if not value then
	redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
end
return value`)

	// settleLease replaces a lease with a value, or removes it.
	settleLease = redis.NewScript(`
if redis.call("GET", KEYS[1]) ~= ARGV[1] then
	return 0
end
if ARGV[2] == "" then
	return redis.call("DEL", KEYS[1])
end
redis.call("SET", KEYS[1], ARGV[2], "PX", ARGV[3])
return 1`)
)

// loadAndKeep returns the value that another replica has just cached, or loads
// it.
func loadAndKeep[T any](ctx context.Context, s *Store, key string, load func(context.Context) (T, error)) (T, error) {
	lease := leasePrefix + uuid.NewString()
	text, leased := s.lease(ctx, key, lease)
	if value, ok := decode[T](text); ok {
		return value, nil
	}
	if text != "" && !strings.HasPrefix(text, leasePrefix) {
		s.Forget(ctx, key) // cached by another version of the service
	}
	value, err := guarded(ctx, load)
	if leased {
		s.settle(ctx, key, lease, encode(value, err))
	}
	return value, err
}

// guarded calls load and converts a panic to an error. The call runs outside
// the goroutine of a request, so a panic would end the process.
func guarded[T any](ctx context.Context, load func(context.Context) (T, error)) (value T, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	return load(ctx)
}

// get returns the cached text of a key, if any, and whether Redis responded.
func (s *Store) get(ctx context.Context, key string) (text string, reachable bool) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	text, err := s.client.Get(ctx, key).Result()
	return text, s.responded(ctx, err)
}

// lease returns the cached text of a key, or takes a lease on it.
func (s *Store) lease(ctx context.Context, key, lease string) (text string, leased bool) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	text, err := takeLease.Run(ctx, s.client, []string{key}, lease, loadTimeout.Milliseconds()).Text()
	s.responded(ctx, err)
	return text, errors.Is(err, redis.Nil)
}

// settle replaces a lease with a text, or removes it if the text is empty.
func (s *Store) settle(ctx context.Context, key, lease, text string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.timeout)
	defer cancel()
	s.responded(ctx, settleLease.Run(ctx, s.client, []string{key}, lease, text, s.expiry().Milliseconds()).Err())
}

// expiry returns the TTL plus or minus ten percent, so that values that were
// cached at the same time do not expire at the same time.
func (s *Store) expiry() time.Duration {
	//nolint:gosec // The number does not need to be unpredictable.
	return s.ttl*9/10 + rand.N(s.ttl/5+1)
}

// responded reports whether Redis responded, and records failures.
func (s *Store) responded(ctx context.Context, err error) bool {
	if err == nil || errors.Is(err, redis.Nil) {
		if s.failing.CompareAndSwap(true, false) {
			s.log.InfoContext(ctx, "the cache is available again")
		}
		return true
	}
	if errors.Is(err, context.Canceled) {
		return false
	}
	s.errors.Add(1)
	if s.failing.CompareAndSwap(false, true) {
		s.log.WarnContext(ctx, "the cache is unavailable", "error", err)
	}
	return false
}
