package ratelimit_test

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/outage"
	"example.com/market-api/internal/ratelimit"
)

func newRedis(t *testing.T, server *miniredis.Miniredis, rate ratelimit.Rate) *ratelimit.Redis {
	client := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1})
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	breaker := outage.New("redis", slog.New(slog.DiscardHandler))
	return ratelimit.NewRedis(client, "clients", rate, ratelimit.NewLocal(rate), breaker)
}

func TestRedisCountsAcrossReplicas(t *testing.T) {
	server := miniredis.RunT(t)
	one := newRedis(t, server, perMinute)
	two := newRedis(t, server, perMinute)

	require.True(t, one.Allow(t.Context(), "a").Allowed)
	require.True(t, two.Allow(t.Context(), "a").Allowed)
	last := one.Allow(t.Context(), "a")
	require.True(t, last.Allowed)
	require.Equal(t, 3, last.Limit)
	require.Equal(t, 0, last.Remaining)

	refused := two.Allow(t.Context(), "a")
	require.False(t, refused.Allowed)
	require.Positive(t, refused.RetryAfter)
	require.LessOrEqual(t, refused.RetryAfter, 20*time.Second)
	require.True(t, two.Allow(t.Context(), "b").Allowed)
}

// The replicas lease requests in advance, and still allow no more than the
// limit together.
func TestRedisSharesBurstBetweenReplicas(t *testing.T) {
	server := miniredis.RunT(t)
	rate := ratelimit.Rate{Requests: 1000, Per: time.Hour}
	var allowed atomic.Int64
	var clients sync.WaitGroup
	for range 2 {
		limiter := newRedis(t, server, rate)
		for range 4 {
			clients.Go(func() {
				for range 900 {
					if limiter.Allow(t.Context(), "a").Allowed {
						allowed.Add(1)
					}
				}
			})
		}
	}
	clients.Wait()

	require.LessOrEqual(t, allowed.Load(), int64(1010))
	require.GreaterOrEqual(t, allowed.Load(), int64(850), "at most the last lease of each replica may be unused")
	require.Less(t, server.CommandCount(), 300, "Redis must not be asked for each request")
}

func TestRedisLeasesSingleRequestsOfSlowClients(t *testing.T) {
	server := miniredis.RunT(t)
	rate := ratelimit.Rate{Requests: 600, Per: time.Minute} // leases for a second
	one, two := newRedis(t, server, rate), newRedis(t, server, rate)
	var remaining int
	for range 3 {
		one.Allow(t.Context(), "a")
		remaining = two.Allow(t.Context(), "a").Remaining
		time.Sleep(900 * time.Millisecond)
	}
	require.GreaterOrEqual(t, remaining, 595)
}

func TestRedisLeasesExpire(t *testing.T) {
	server := miniredis.RunT(t)
	limiter := newRedis(t, server, ratelimit.Rate{Requests: 600, Per: 12 * time.Second}) // leases for 200 ms
	asks := func() bool {
		before := server.CommandCount()
		limiter.Allow(t.Context(), "a")
		return server.CommandCount() > before
	}
	// Until a new lease follows one for several requests.
	for between := 0; ; {
		if !asks() {
			between++
			continue
		}
		if between >= 3 {
			break
		}
		between = 0
	}

	time.Sleep(500 * time.Millisecond)

	require.True(t, asks())
}

// What a replica has leased is lost for the others.
func TestRedisLeasesAreSmall(t *testing.T) {
	server := miniredis.RunT(t)
	limiter := newRedis(t, server, ratelimit.Rate{Requests: 1000, Per: time.Hour})
	leases := 0
	for range 900 {
		before := server.CommandCount()
		require.True(t, limiter.Allow(t.Context(), "a").Allowed)
		if server.CommandCount() > before {
			leases++
		}
	}
	require.GreaterOrEqual(t, leases, 18, "a lease is at most a twentieth of the limit")
}

func TestRedisRefusesWithoutAsking(t *testing.T) {
	server := miniredis.RunT(t)
	limiter := newRedis(t, server, perMinute)
	for range 4 {
		limiter.Allow(t.Context(), "a")
	}
	asked := server.CommandCount()
	for range 100 {
		refused := limiter.Allow(t.Context(), "a")
		require.False(t, refused.Allowed)
		require.Positive(t, refused.RetryAfter)
		require.LessOrEqual(t, refused.RetryAfter, 20*time.Second)
	}
	require.Equal(t, asked, server.CommandCount())
}

func TestRedisFallsBack(t *testing.T) {
	server := miniredis.RunT(t)
	limiter := newRedis(t, server, perMinute)
	server.Close()

	for range 3 {
		require.True(t, limiter.Allow(t.Context(), "a").Allowed)
	}
	require.False(t, limiter.Allow(t.Context(), "a").Allowed)
}

func TestRedisIsUsedAgainAfterOutage(t *testing.T) {
	server := miniredis.RunT(t)
	limiter := newRedis(t, server, perMinute)
	server.Close()
	limiter.Allow(t.Context(), "a")
	require.NoError(t, server.Restart())

	require.Eventually(t, func() bool {
		limiter.Allow(t.Context(), "a")
		return server.Exists("rate:clients:a")
	}, 5*time.Second, 50*time.Millisecond)
}
