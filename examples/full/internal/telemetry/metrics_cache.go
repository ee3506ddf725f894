package telemetry

import "example.com/market-api/internal/cache"

// Cache publishes how well the cache does.
func (m *Metrics) Cache(stats func() cache.Stats) {
	m.counter("cache_hits_total", "Reads that the cache answered.",
		func() float64 { return float64(stats().Hits) })
	m.counter("cache_misses_total", "Reads that went on to the database.",
		func() float64 { return float64(stats().Misses) })
	m.counter("cache_errors_total", "Calls of the cache that failed or took too long.",
		func() float64 { return float64(stats().Errors) })
}
