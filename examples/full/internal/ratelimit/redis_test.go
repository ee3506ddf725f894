package ratelimit_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/ratelimit"
)

func newRedis(t *testing.T, server *miniredis.Miniredis, log *slog.Logger) *ratelimit.Redis {
	client := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1})
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return ratelimit.NewRedis(client, "clients", perMinute, ratelimit.NewLocal(perMinute), log)
}

func TestRedisCountsAcrossReplicas(t *testing.T) {
	server := miniredis.RunT(t)
	one := newRedis(t, server, slog.New(slog.DiscardHandler))
	two := newRedis(t, server, slog.New(slog.DiscardHandler))

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

func TestRedisFallsBackAndLogsOnce(t *testing.T) {
	server := miniredis.RunT(t)
	var log strings.Builder
	limiter := newRedis(t, server, slog.New(slog.NewTextHandler(&log, nil)))
	server.Close()

	for range 3 {
		require.True(t, limiter.Allow(t.Context(), "a").Allowed)
	}
	require.False(t, limiter.Allow(t.Context(), "a").Allowed)
	require.Equal(t, 1, strings.Count(log.String(), "redis is unavailable"))
}

func TestRedisIsUsedAgainAfterOutage(t *testing.T) {
	server := miniredis.RunT(t)
	var log strings.Builder
	limiter := newRedis(t, server, slog.New(slog.NewTextHandler(&log, nil)))
	server.Close()
	limiter.Allow(t.Context(), "a")
	require.NoError(t, server.Restart())

	require.Eventually(t, func() bool {
		limiter.Allow(t.Context(), "a")
		return strings.Contains(log.String(), "redis is available again")
	}, 5*time.Second, 50*time.Millisecond)
}
