package cache_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/cache"
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
	return cache.New(client, cfg, slog.New(slog.DiscardHandler))
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

func TestForgottenValueIsReloaded(t *testing.T) {
	store, _ := newStore(t)
	from := &source{}
	for range 2 {
		_, err := cache.Fetch(t.Context(), store, "key", from.load)
		require.NoError(t, err)
		store.Forget(t.Context(), "key")
	}
	require.EqualValues(t, 2, from.loads.Load())
}

func TestForgetIgnoresCancellation(t *testing.T) {
	store, server := newStore(t)
	_, err := cache.Fetch(t.Context(), store, "key", new(source).load)
	require.NoError(t, err)

	ctx, leave := context.WithCancel(t.Context())
	leave()
	store.Forget(ctx, "key")
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
				changed.Forget(t.Context(), name)
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

func TestFetchAfterForgetStartsNewLoad(t *testing.T) {
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
	store.Forget(t.Context(), "key")

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

func TestFetchWithoutRedis(t *testing.T) {
	store, server := newStore(t)
	server.Close()
	from := &source{value: thing{Name: "one"}}
	value, err := cache.Fetch(t.Context(), store, "key", from.load)
	require.NoError(t, err)
	require.Equal(t, from.value, value)
	store.Forget(t.Context(), "key")
	require.EqualValues(t, 2, store.Stats().Errors)

	require.NoError(t, server.Restart())
	for range 2 {
		_, err = cache.Fetch(t.Context(), store, "key", from.load)
		require.NoError(t, err)
	}
	require.EqualValues(t, 2, from.loads.Load())
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
	store := cache.New(client, cache.Config{TTL: time.Minute, Timeout: timeout}, slog.New(slog.DiscardHandler))

	asked := time.Now()
	_, err = cache.Fetch(t.Context(), store, "key", new(source).load)
	require.NoError(t, err)
	require.Less(t, time.Since(asked), 3*timeout)
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
