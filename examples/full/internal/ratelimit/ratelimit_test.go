package ratelimit_test

import (
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/ratelimit"
)

var perMinute = ratelimit.Rate{Requests: 3, Per: time.Minute}

func TestLocalEnforcesLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := ratelimit.NewLocal(perMinute)

		for _, remaining := range []int{2, 1, 0} {
			decision := limiter.Allow(t.Context(), "a")
			require.True(t, decision.Allowed)
			require.Equal(t, 3, decision.Limit)
			require.Equal(t, remaining, decision.Remaining)
		}
		refused := limiter.Allow(t.Context(), "a")
		require.False(t, refused.Allowed)
		require.Equal(t, 20*time.Second, refused.RetryAfter)
		require.Equal(t, time.Minute, refused.Reset)

		require.True(t, limiter.Allow(t.Context(), "b").Allowed, "other clients must not be affected")
	})
}

func TestLocalAllowsAfterRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := ratelimit.NewLocal(perMinute)
		for range 3 {
			limiter.Allow(t.Context(), "a")
		}

		time.Sleep(limiter.Allow(t.Context(), "a").RetryAfter)

		require.True(t, limiter.Allow(t.Context(), "a").Allowed)
		require.False(t, limiter.Allow(t.Context(), "a").Allowed)
	})
}

func TestLocalCountsConcurrentRequests(t *testing.T) {
	limiter := ratelimit.NewLocal(ratelimit.Rate{Requests: 5, Per: time.Hour})
	var allowed atomic.Int64
	var clients sync.WaitGroup
	for range 50 {
		clients.Go(func() {
			if limiter.Allow(t.Context(), "a").Allowed {
				allowed.Add(1)
			}
		})
	}
	clients.Wait()

	require.EqualValues(t, 5, allowed.Load())
}

// The number of clients is limited, so the least recent ones are forgotten.
func TestLocalForgetsClients(t *testing.T) {
	limiter := ratelimit.NewLocal(ratelimit.Rate{Requests: 1, Per: time.Hour})
	require.True(t, limiter.Allow(t.Context(), "first").Allowed)
	require.False(t, limiter.Allow(t.Context(), "first").Allowed)

	for n := range 100_000 {
		limiter.Allow(t.Context(), strconv.Itoa(n))
	}

	require.True(t, limiter.Allow(t.Context(), "first").Allowed)
}

func TestClientKey(t *testing.T) {
	tests := map[string]string{
		"192.0.2.1":        "192.0.2.1",
		"2001:db8:1:2::1":  "2001:db8:1:2::/64",
		"2001:db8:1:2:9::": "2001:db8:1:2::/64",
		"fe80::1%eth0":     "fe80::/64",
		"not an address":   "not an address",
	}
	for ip, key := range tests {
		require.Equal(t, key, ratelimit.ClientKey(ip), ip)
	}
}

func BenchmarkLocal(b *testing.B) {
	limiter := ratelimit.NewLocal(ratelimit.Rate{Requests: 600, Per: time.Minute})
	keys := make([]string, 1000)
	for i := range keys {
		keys[i] = fmt.Sprintf("192.0.2.%d", i)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		limiter.Allow(b.Context(), keys[i%len(keys)])
	}
}
