// Package cache caches values in Redis. If Redis is unavailable or slow, values
// are loaded from their source instead.
package cache

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"reflect"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/singleflight"

	"example.com/market-api/internal/outage"
)

const (
	// loadTimeout limits a load. The load continues if one of its callers gives
	// up, because others may be waiting for it.
	loadTimeout = 10 * time.Second

	// changeTimeout is how long a change keeps its key from being cached if Redis
	// does not learn that it has ended. It is more than a request can take.
	changeTimeout = time.Minute
)

// Config configures a Store.
type Config struct {
	// TTL is how long values are cached, plus or minus ten percent.
	TTL time.Duration

	// Timeout limits each Redis command.
	Timeout time.Duration
}

// Stats holds the counters of a Store. Errors includes the operations that were
// skipped during an outage.
type Stats struct {
	Hits   uint64
	Misses uint64
	Errors uint64
}

// Store is a cache of values by key.
type Store struct {
	client   redis.UniversalClient
	server   *outage.Breaker
	ttl      time.Duration
	timeout  time.Duration
	loads    singleflight.Group
	outdated outdated

	hits   atomic.Uint64
	misses atomic.Uint64
	errors atomic.Uint64
}

// New returns a Store that uses the Redis database of the client.
func New(client redis.UniversalClient, cfg Config, server *outage.Breaker) *Store {
	return &Store{
		client:   client,
		server:   server,
		ttl:      cfg.TTL,
		timeout:  cfg.Timeout,
		outdated: outdated{lasts: longest(cfg.TTL) + loadTimeout, keys: map[string]mark{}},
	}
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

// Change removes a key before its value changes, and keeps it from being cached
// during the change. Call done after the change, even if it failed, because it
// may have been committed nevertheless. After done, this process does not return
// a value from before the change: if Redis does not confirm the removal, the key
// is not read from Redis until Repair has removed it or the value has expired.
func (s *Store) Change(ctx context.Context, key string) (done func()) {
	// If this fails, done still removes the key.
	_ = s.use(ctx, func(ctx context.Context) error {
		return s.client.Set(ctx, key, leasePrefix+"change", changeTimeout).Err()
	})
	return func() {
		if !s.remove(ctx, key) {
			s.outdated.add(key)
		}
		// Later callers must not join a load that started before the change.
		s.loads.Forget(key)
	}
}

// Repair tries again to remove the keys whose removal failed, so that other
// replicas do not get outdated values either.
func (s *Store) Repair(ctx context.Context) {
	for _, key := range s.outdated.list() {
		if !s.remove(ctx, key) {
			return
		}
	}
}

// Stats returns the current counters.
func (s *Store) Stats() Stats {
	return Stats{Hits: s.hits.Load(), Misses: s.misses.Load(), Errors: s.errors.Load()}
}

// On a miss, the loader first stores a lease under the key. It replaces the
// lease with the value after loading. A change replaces values and leases with a
// lease that nobody owns, and removes it at the end. A value that was loaded
// before or during the change finds another lease or none, and is not cached.
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
		s.remove(ctx, key) // cached by another version of the service
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

// get returns the cached text of a key, if any, and whether Redis can be used for
// it.
func (s *Store) get(ctx context.Context, key string) (text string, reachable bool) {
	if s.outdated.contains(key) {
		return "", false
	}
	err := s.use(ctx, func(ctx context.Context) (err error) {
		text, err = s.client.Get(ctx, key).Result()
		return err
	})
	return text, err == nil || errors.Is(err, redis.Nil)
}

// lease returns the cached text of a key, or takes a lease on it.
func (s *Store) lease(ctx context.Context, key, lease string) (text string, leased bool) {
	err := s.use(ctx, func(ctx context.Context) (err error) {
		text, err = takeLease.Run(ctx, s.client, []string{key}, lease, loadTimeout.Milliseconds()).Text()
		return err
	})
	return text, errors.Is(err, redis.Nil)
}

// settle replaces a lease with a text, or removes it if the text is empty.
func (s *Store) settle(ctx context.Context, key, lease, text string) {
	// A lease that remains after an error expires.
	_ = s.use(ctx, func(ctx context.Context) error {
		return settleLease.Run(ctx, s.client, []string{key}, lease, text, s.expiry().Milliseconds()).Err()
	})
}

// remove removes a key, and reports whether Redis confirmed it. It ignores the
// cancellation of ctx, because the value may already have changed.
func (s *Store) remove(ctx context.Context, key string) bool {
	before := s.outdated.now()
	err := s.use(context.WithoutCancel(ctx), func(ctx context.Context) error {
		return s.client.Del(ctx, key).Err()
	})
	if err == nil {
		s.outdated.remove(key, before)
	}
	return err == nil
}

// errSkipped is the error of commands that are not sent during an outage.
var errSkipped = errors.New("redis is unavailable")

// use sends a command with a time limit, unless Redis is unavailable.
func (s *Store) use(ctx context.Context, command func(context.Context) error) error {
	if !s.server.Ready() {
		s.errors.Add(1)
		return errSkipped
	}
	limited, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	err := command(limited)
	switch {
	case errors.Is(err, redis.Nil):
		s.server.Report(ctx, nil)
	case redis.HasErrorPrefix(err, "OOM"):
		// Redis can still be read.
		s.errors.Add(1)
	case !s.server.Report(ctx, err) && ctx.Err() == nil:
		s.errors.Add(1)
	}
	return err
}

// expiry returns the TTL plus or minus ten percent, so that values that were
// cached at the same time do not expire at the same time.
func (s *Store) expiry() time.Duration {
	//nolint:gosec // The number does not need to be unpredictable.
	return s.ttl*9/10 + rand.N(s.ttl/5+1)
}

// longest returns the longest expiry.
func longest(ttl time.Duration) time.Duration { return ttl*9/10 + ttl/5 + 1 }

// encode returns the text to cache for a value: a fingerprint of its type,
// followed by the value as JSON. For an error it returns an empty text.
func encode[T any](value T, err error) string {
	if err != nil {
		return ""
	}
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return shapeOf[T]() + string(text)
}

// decode parses the text of a key. It returns false for a lease, and for a
// value cached by another version of the service in which T has other fields.
// During a rollout, both versions run at the same time.
func decode[T any](text string) (T, bool) {
	var value T
	text, ok := strings.CutPrefix(text, shapeOf[T]())
	if !ok {
		return value, false
	}
	err := json.Unmarshal([]byte(text), &value)
	return value, err == nil
}

var shapes sync.Map // from reflect.Type to string

// shapeOf returns a fingerprint of T: a hash of its name and of the names and
// types of its fields.
func shapeOf[T any]() string {
	typ := reflect.TypeFor[T]()
	if known, ok := shapes.Load(typ); ok {
		return known.(string)
	}
	digest := fnv.New64a()
	_, _ = io.WriteString(digest, typ.String())
	if typ.Kind() == reflect.Struct {
		for _, field := range reflect.VisibleFields(typ) {
			_, _ = io.WriteString(digest, " "+field.Name+" "+field.Type.String())
		}
	}
	shape := strconv.FormatUint(digest.Sum64(), 36) + ":"
	shapes.Store(typ, shape)
	return shape
}
