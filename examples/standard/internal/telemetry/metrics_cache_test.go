package telemetry

import (
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/cache"
)

func TestCacheMetrics(t *testing.T) {
	m := NewMetrics("")
	m.Cache(func() cache.Stats { return cache.Stats{Hits: 3, Misses: 2, Errors: 1} })

	text := scrape(t, m)
	require.Contains(t, text, "\ncache_hits_total 3\n")
	require.Contains(t, text, "\ncache_misses_total 2\n")
	require.Contains(t, text, "\ncache_errors_total 1\n")
}
