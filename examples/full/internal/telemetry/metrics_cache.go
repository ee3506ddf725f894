package telemetry

import "example.com/market-api/internal/cache"

// Cache publishes the statistics of the cache.
func (m *Metrics) Cache(stats func() cache.Stats) {
	m.counter("cache_hits_total", "Reads served from the cache.",
		func() float64 { return float64(stats().Hits) })
	m.counter("cache_misses_total", "Reads that had to query the database.",
		func() float64 { return float64(stats().Misses) })
	m.counter("cache_errors_total", "Cache operations that failed, timed out, or were skipped during an outage.",
		func() float64 { return float64(stats().Errors) })
}
