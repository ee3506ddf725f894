// Package cache keeps hot values in Redis. It is never in the way: when Redis
// does not answer in time, a value is loaded from where it comes from.
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

// loadTimeout bounds a load. Several callers may wait for it, so it does not
// end when one of them leaves.
const loadTimeout = 10 * time.Second

// Config says how long values are kept, and how long to wait for Redis.
type Config struct {
	// TTL is how long a value is kept, give or take a tenth. It is also how
	// long an old value may live on when Redis is away while it changes.
	TTL time.Duration

	// Timeout bounds every call of Redis.
	Timeout time.Duration
}

// Stats counts what a Store did so far.
type Stats struct {
	Hits   uint64
	Misses uint64
	Errors uint64
}

// Store keeps values under keys.
type Store struct {
	client  redis.UniversalClient
	ttl     time.Duration
	timeout time.Duration
	log     *slog.Logger
	loads   singleflight.Group

	hits   atomic.Uint64
	misses atomic.Uint64
	errors atomic.Uint64

	// failing is set while Redis does not answer, so that the log says so once.
	failing atomic.Bool
}

// New returns a store in the client's Redis.
func New(client redis.UniversalClient, cfg Config, log *slog.Logger) *Store {
	return &Store{client: client, ttl: cfg.TTL, timeout: cfg.Timeout, log: log}
}

// Fetch returns the value of a key. One that is not in the store comes from
// load, once for all callers that wait for it, and is then kept. They share the
// value: nobody may change what it points to.
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

// Forget removes a key, and sees to it that no load that is under way brings it
// back. It does not end with ctx: the caller has changed the value already.
func (s *Store) Forget(ctx context.Context, key string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.timeout)
	defer cancel()
	s.answered(ctx, s.client.Del(ctx, key).Err())

	// Whoever asks from now on does not join a load that began before.
	s.loads.Forget(key)
}

// Stats returns what the store did so far.
func (s *Store) Stats() Stats {
	return Stats{Hits: s.hits.Load(), Misses: s.misses.Load(), Errors: s.errors.Load()}
}

// A miss takes a lease on its key: a mark that is exchanged for the value once
// that is loaded. Forget removes values and leases alike, so a value that was
// loaded before a change finds no lease after it, and is not kept.
const leasePrefix = "lease:"

var (
	// takeLease returns the value of a key, or leases the key if it has none.
	takeLease = redis.NewScript(`
local value = redis.call("GET", KEYS[1])
if not value then
	redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
end
return value`)

	// settleLease exchanges a lease for a value, or for nothing.
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

// loadAndKeep returns what another replica has just kept, or else loads it.
func loadAndKeep[T any](ctx context.Context, s *Store, key string, load func(context.Context) (T, error)) (T, error) {
	lease := leasePrefix + uuid.NewString()
	text, leased := s.lease(ctx, key, lease)
	if value, ok := decode[T](text); ok {
		return value, nil
	}
	if text != "" && !strings.HasPrefix(text, leasePrefix) {
		s.Forget(ctx, key) // another version of the service has kept it
	}
	value, err := guarded(ctx, load)
	if leased {
		s.settle(ctx, key, lease, encode(value, err))
	}
	return value, err
}

// guarded calls load. A panic becomes an error: here, on a goroutine of no
// request, it would end the process.
func guarded[T any](ctx context.Context, load func(context.Context) (T, error)) (value T, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	return load(ctx)
}

// get returns the text of a key, if it has one, and whether Redis answered.
func (s *Store) get(ctx context.Context, key string) (text string, reachable bool) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	text, err := s.client.Get(ctx, key).Result()
	return text, s.answered(ctx, err)
}

// lease returns the text of a key, or takes a lease on it.
func (s *Store) lease(ctx context.Context, key, lease string) (text string, leased bool) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	text, err := takeLease.Run(ctx, s.client, []string{key}, lease, loadTimeout.Milliseconds()).Text()
	s.answered(ctx, err)
	return text, errors.Is(err, redis.Nil)
}

// settle exchanges a lease for a text, or for nothing.
func (s *Store) settle(ctx context.Context, key, lease, text string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.timeout)
	defer cancel()
	s.answered(ctx, settleLease.Run(ctx, s.client, []string{key}, lease, text, s.expiry().Milliseconds()).Err())
}

// expiry returns the TTL give or take a tenth: values that were kept together
// do not expire together.
func (s *Store) expiry() time.Duration {
	//nolint:gosec // Nobody gains anything by foreseeing this number.
	return s.ttl*9/10 + rand.N(s.ttl/5+1)
}

// answered tells whether Redis did, and counts it if not.
func (s *Store) answered(ctx context.Context, err error) bool {
	if err == nil || errors.Is(err, redis.Nil) {
		if s.failing.CompareAndSwap(true, false) {
			s.log.InfoContext(ctx, "the cache answers again")
		}
		return true
	}
	if errors.Is(err, context.Canceled) {
		return false
	}
	s.errors.Add(1)
	if s.failing.CompareAndSwap(false, true) {
		s.log.WarnContext(ctx, "the cache does not answer", "error", err)
	}
	return false
}
