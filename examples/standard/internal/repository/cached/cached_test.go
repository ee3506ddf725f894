package cached_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/cache"
)

func newStore(t *testing.T, server *miniredis.Miniredis) *cache.Store {
	t.Helper()
	client, err := cache.Open("redis://"+server.Addr(), time.Second, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	cfg := cache.Config{TTL: time.Minute, Timeout: time.Second}
	return cache.New(client, cfg, slog.New(slog.DiscardHandler))
}
