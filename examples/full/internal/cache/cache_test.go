package cache_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/cache"
	"example.com/market-api/internal/outage"
)

type thing struct {
	Name  string
	Count *int64
}

// newStore returns a store with its own Redis server.
func newStore(t testing.TB) (*cache.Store, *miniredis.Miniredis) {
	t.Helper()
	server := miniredis.RunT(t)
	return openStore(t, server.Addr()), server
}

func openStore(t testing.TB, addr string) *cache.Store {
	t.Helper()
	client, err := cache.Open("redis://"+addr, time.Second, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	cfg := cache.Config{TTL: time.Minute, Timeout: time.Second}
	return cache.New(client, cfg, outage.New("redis", slog.New(slog.DiscardHandler)))
}

// source counts how often it is loaded.
type source struct {
	loads atomic.Int64
	value thing
	err   error
}

func (s *source) load(context.Context) (thing, error) {
	s.loads.Add(1)
	return s.value, s.err
}

func TestFetchCachesValue(t *testing.T) {
	store, _ := newStore(t)
	from := &source{value: thing{Name: "Zoë", Count: new(int64(1 << 60))}}
	for range 3 {
		value, err := cache.Fetch(t.Context(), store, "key", from.load)
		require.NoError(t, err)
		require.Equal(t, from.value, value)
	}
	require.EqualValues(t, 1, from.loads.Load())
	require.Equal(t, cache.Stats{Hits: 2, Misses: 1}, store.Stats())
}

func TestValueExpires(t *testing.T) {
	store, server := newStore(t)
	from := &source{}
	for range 2 {
		_, err := cache.Fetch(t.Context(), store, "key", from.load)
		require.NoError(t, err)
		ttl := server.TTL("key")
		require.GreaterOrEqual(t, ttl, 54*time.Second)
		require.LessOrEqual(t, ttl, 66*time.Second)
		server.FastForward(ttl)
	}
	require.EqualValues(t, 2, from.loads.Load())
}

func TestChangedValueIsReloaded(t *testing.T) {
	store, _ := newStore(t)
	from := &source{}
	for range 2 {
		_, err := cache.Fetch(t.Context(), store, "key", from.load)
		require.NoError(t, err)
		store.Change(t.Context(), "key")()
	}
	require.EqualValues(t, 2, from.loads.Load())
}

func TestChangeIgnoresCancellation(t *testing.T) {
	store, server := newStore(t)
	_, err := cache.Fetch(t.Context(), store, "key", new(source).load)
	require.NoError(t, err)

	ctx, leave := context.WithCancel(t.Context())
	leave()
	store.Change(ctx, "key")()
	require.False(t, server.Exists("key"))
}

// The load reads the old value. Then the value changes and the key is
// forgotten, and only then the load returns.
func TestOutdatedLoadIsNotCached(t *testing.T) {
	server := miniredis.RunT(t)
	replica, other := openStore(t, server.Addr()), openStore(t, server.Addr())
	for name, changed := range map[string]*cache.Store{"by this replica": replica, "by another replica": other} {
		t.Run(name, func(t *testing.T) {
			old, err := cache.Fetch(t.Context(), replica, name, func(context.Context) (string, error) {
				changed.Change(t.Context(), name)()
				return "old", nil
			})
			require.NoError(t, err)
			require.Equal(t, "old", old)
			require.False(t, server.Exists(name))

			value, err := cache.Fetch(t.Context(), replica, name, func(context.Context) (string, error) {
				return "new", nil
			})
			require.NoError(t, err)
			require.Equal(t, "new", value)
		})
	}
}

func TestFetchAfterChangeStartsNewLoad(t *testing.T) {
	store, _ := newStore(t)
	began, finish, finished := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		_, err := cache.Fetch(t.Context(), store, "key", func(context.Context) (string, error) {
			close(began)
			<-finish
			return "old", nil
		})
		finished <- err
	}()
	<-began
	store.Change(t.Context(), "key")()

	load := func(context.Context) (string, error) { return "new", nil }
	value, err := cache.Fetch(t.Context(), store, "key", load)
	require.NoError(t, err)
	require.Equal(t, "new", value)

	close(finish)
	require.NoError(t, <-finished)
	value, err = cache.Fetch(t.Context(), store, "key", load)
	require.NoError(t, err)
	require.Equal(t, "new", value)
}

func TestConcurrentMissesLoadOnce(t *testing.T) {
	store, _ := newStore(t)
	from := &source{value: thing{Name: "one"}}
	const readers = 200
	values := make(chan thing, readers)
	for range readers {
		go func() {
			value, _ := cache.Fetch(t.Context(), store, "key", from.load)
			values <- value
		}()
	}
	for range readers {
		require.Equal(t, from.value, <-values)
	}
	require.EqualValues(t, 1, from.loads.Load())
}

func TestCanceledFetchDoesNotAffectOthers(t *testing.T) {
	store, _ := newStore(t)
	began, finish := make(chan struct{}), make(chan struct{})
	fetch := func(ctx context.Context) chan error {
		finished := make(chan error, 1)
		go func() {
			_, err := cache.Fetch(ctx, store, "key", func(ctx context.Context) (string, error) {
				close(began) // a second load would panic here
				<-finish
				return "value", ctx.Err()
			})
			finished <- err
		}()
		return finished
	}

	ctx, leave := context.WithCancel(t.Context())
	first := fetch(ctx)
	<-began
	second := fetch(t.Context())
	leave()
	require.ErrorIs(t, <-first, context.Canceled)
	close(finish)
	require.NoError(t, <-second)
}

func TestErrorIsNotCached(t *testing.T) {
	store, server := newStore(t)
	from := &source{err: errors.New("no")}
	for range 2 {
		_, err := cache.Fetch(t.Context(), store, "key", from.load)
		require.ErrorIs(t, err, from.err)
		require.False(t, server.Exists("key"))
	}
	require.EqualValues(t, 2, from.loads.Load())
}

func TestPanicInLoadIsReturnedAsError(t *testing.T) {
	store, _ := newStore(t)
	_, err := cache.Fetch(t.Context(), store, "key", func(context.Context) (string, error) { panic("no") })
	require.ErrorContains(t, err, "panic: no")
}

func TestValueOfOtherVersionIsReplaced(t *testing.T) {
	store, _ := newStore(t)
	type older struct{ Name string }
	_, err := cache.Fetch(t.Context(), store, "key", func(context.Context) (older, error) {
		return older{Name: "one"}, nil
	})
	require.NoError(t, err)

	from := &source{value: thing{Name: "one", Count: new(int64(1))}}
	for range 3 {
		value, err := cache.Fetch(t.Context(), store, "key", from.load)
		require.NoError(t, err)
		require.Equal(t, from.value, value)
	}
	require.EqualValues(t, 2, from.loads.Load())
}

func TestValueIsNotCachedDuringChange(t *testing.T) {
	redis := miniredis.RunT(t)
	store, other := openStore(t, redis.Addr()), openStore(t, redis.Addr())
	from := &source{value: thing{Name: "old"}}
	_, err := cache.Fetch(t.Context(), other, "key", from.load)
	require.NoError(t, err)

	done := store.Change(t.Context(), "key")
	for range 2 {
		_, err = cache.Fetch(t.Context(), other, "key", from.load)
		require.NoError(t, err)
	}
	require.EqualValues(t, 3, from.loads.Load(), "no replica may cache the key during the change")
	fail := failing(redis)
	fail("DEL")
	done()
	fail()

	from.value.Name = "new"
	value, err := cache.Fetch(t.Context(), other, "key", from.load)
	require.NoError(t, err)
	require.Equal(t, "new", value.Name)
}

// A process can end during a change.
func TestChangeThatDoesNotEndExpires(t *testing.T) {
	store, server := newStore(t)

	done := store.Change(t.Context(), "key")

	require.Positive(t, server.TTL("key"))
	require.LessOrEqual(t, server.TTL("key"), time.Minute)
	done()
	require.False(t, server.Exists("key"))
}

func TestFetchWithoutRedis(t *testing.T) {
	store, redis := newStore(t)
	redis.Close()
	from := &source{value: thing{Name: "one"}}
	for range 3 {
		value, err := cache.Fetch(t.Context(), store, "key", from.load)
		require.NoError(t, err)
		require.Equal(t, from.value, value)
	}
	require.Equal(t, cache.Stats{Misses: 3, Errors: 3}, store.Stats())

	require.NoError(t, redis.Restart())
	require.Eventually(t, func() bool {
		_, err := cache.Fetch(t.Context(), store, "key", from.load)
		return err == nil && store.Stats().Hits == 1
	}, 5*time.Second, 50*time.Millisecond)
}

// failing makes Redis respond with an error to some commands. Without arguments,
// the returned function ends the failure.
func failing(redis *miniredis.Miniredis) (fail func(commands ...string)) {
	var failed atomic.Value
	failed.Store([]string(nil))
	redis.Server().SetPreHook(func(peer *server.Peer, command string, _ ...string) bool {
		if !slices.Contains(failed.Load().([]string), command) {
			return false
		}
		peer.WriteError("LOADING Redis is loading the dataset")
		return true
	})
	return func(commands ...string) { failed.Store(commands) }
}

func TestChangedValueIsNotServedIfRedisDidNotRemoveIt(t *testing.T) {
	redis := miniredis.RunT(t)
	store, other := openStore(t, redis.Addr()), openStore(t, redis.Addr())
	from := &source{value: thing{Name: "old"}}
	_, err := cache.Fetch(t.Context(), store, "key", from.load)
	require.NoError(t, err)

	fail := failing(redis)
	fail("SET", "DEL")
	store.Change(t.Context(), "key")()
	fail()
	from.value.Name = "new"

	require.True(t, redis.Exists("key"))
	waitUntilUsed(t, store)
	value, err := cache.Fetch(t.Context(), store, "key", from.load)
	require.NoError(t, err)
	require.Equal(t, "new", value.Name)

	store.Repair(t.Context())
	for _, replica := range []*cache.Store{other, store, store} {
		value, err = cache.Fetch(t.Context(), replica, "key", from.load)
		require.NoError(t, err)
		require.Equal(t, "new", value.Name)
	}
	require.EqualValues(t, 3, from.loads.Load(), "the key must be cached again after the repair")
}

func TestManyFailedRemovalsAreRemembered(t *testing.T) {
	store, redis := newStore(t)
	from := &source{value: thing{Name: "old"}}
	_, err := cache.Fetch(t.Context(), store, "key", from.load)
	require.NoError(t, err)
	fail := failing(redis)
	fail("SET", "DEL")
	for i := range 10_001 {
		store.Change(t.Context(), strconv.Itoa(i))()
	}
	store.Change(t.Context(), "key")()
	fail()
	from.value.Name = "new"

	waitUntilUsed(t, store)
	store.Repair(t.Context())
	value, err := cache.Fetch(t.Context(), store, "key", from.load)
	require.NoError(t, err)
	require.Equal(t, "new", value.Name)
}

// waitUntilUsed waits until the store uses Redis again after a failure.
func waitUntilUsed(t *testing.T, store *cache.Store) {
	t.Helper()
	require.Eventually(t, func() bool {
		before := store.Stats().Errors
		store.Change(t.Context(), "probe")()
		return store.Stats().Errors == before
	}, 5*time.Second, 50*time.Millisecond)
}

// A server that accepts connections but never responds is the worst case.
func TestFetchWithUnresponsiveRedis(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, listener.Close()) }()

	const timeout = 100 * time.Millisecond
	client, err := cache.Open("redis://"+listener.Addr().String(), timeout, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, client.Close()) }()
	store := cache.New(client, cache.Config{TTL: time.Minute, Timeout: timeout}, outage.New("redis", slog.New(slog.DiscardHandler)))

	asked := time.Now()
	for range 20 {
		_, err = cache.Fetch(t.Context(), store, "key", new(source).load)
		require.NoError(t, err)
		store.Change(t.Context(), "key")()
	}
	require.Less(t, time.Since(asked), 5*timeout, "only one request may wait")
}

func TestOpenRejectsInvalidURL(t *testing.T) {
	_, err := cache.Open("http://127.0.0.1", time.Second, nil)
	require.Error(t, err)
}

func BenchmarkFetchHit(b *testing.B) {
	store, _ := newStore(b)
	from := &source{value: thing{Name: "one"}}
	for b.Loop() {
		_, err := cache.Fetch(b.Context(), store, "key", from.load)
		require.NoError(b, err)
	}
}
