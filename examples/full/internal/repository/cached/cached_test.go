package cached_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/cache"
	"example.com/market-api/internal/outage"
	"example.com/market-api/internal/repository"
	"example.com/market-api/internal/repository/cached"
	"example.com/market-api/internal/repository/memory"
	"example.com/market-api/internal/repository/repositorytest"
)

func newCache(t *testing.T, server *miniredis.Miniredis) *cache.Store {
	t.Helper()
	client, err := cache.Open("redis://"+server.Addr(), time.Second, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	cfg := cache.Config{TTL: time.Minute, Timeout: time.Second}
	return cache.New(client, cfg, outage.New("redis", slog.New(slog.DiscardHandler)))
}

func TestStore(t *testing.T) {
	cache := newCache(t, miniredis.RunT(t))
	repositorytest.Test(t, true, func(*testing.T) repository.Store {
		return cached.NewStore(memory.NewStore(), cache)
	})
	require.NotZero(t, cache.Stats().Hits)
}

func TestStoreWithoutRedis(t *testing.T) {
	server := miniredis.RunT(t)
	cache := newCache(t, server)
	server.Close()
	repositorytest.Test(t, true, func(*testing.T) repository.Store {
		return cached.NewStore(memory.NewStore(), cache)
	})
}
