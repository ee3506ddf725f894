package integration_test

import (
	"context"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/cache"
	"example.com/shop-api/internal/outage"
	"example.com/shop-api/internal/repository"
	"example.com/shop-api/internal/repository/cached"
	"example.com/shop-api/internal/repository/memory"
	"example.com/shop-api/internal/repository/repositorytest"
)

// openCache returns a store that uses the configured Redis.
func openCache(t testing.TB) *cache.Store {
	t.Helper()
	address := os.Getenv("REDIS_URL")
	if address == "" {
		t.Skip("REDIS_URL is not set")
	}
	client, err := cache.Open(address, time.Second, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	cfg := cache.Config{TTL: time.Minute, Timeout: time.Second}
	return cache.New(client, cfg, outage.New("redis", slog.New(slog.DiscardHandler)))
}

func TestOutdatedLoadIsNotCached(t *testing.T) {
	replica, other := openCache(t), openCache(t)
	key := "test:" + uuid.NewString()
	for _, expected := range []string{"old", "new", "new"} {
		value, err := cache.Fetch(t.Context(), replica, key, func(ctx context.Context) (string, error) {
			if expected == "old" {
				other.Change(ctx, key)()
			}
			return expected, nil
		})
		require.NoError(t, err)
		require.Equal(t, expected, value)
	}
	require.Equal(t, cache.Stats{Hits: 1, Misses: 2}, replica.Stats())
	replica.Change(t.Context(), key)()
}

func TestCachedStore(t *testing.T) {
	store := openCache(t)
	repositorytest.Test(t, true, func(*testing.T) repository.Store {
		return cached.NewStore(memory.NewStore(), store)
	})
}

func BenchmarkFetchHit(b *testing.B) {
	store, key := openCache(b), "test:"+uuid.NewString()
	for b.Loop() {
		_, err := cache.Fetch(b.Context(), store, key, func(context.Context) (string, error) { return "value", nil })
		require.NoError(b, err)
	}
	store.Change(b.Context(), key)()
}
