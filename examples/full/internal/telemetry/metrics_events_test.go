package telemetry

import (
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/events"
)

func TestEventMetrics(t *testing.T) {
	m := NewMetrics()
	m.Events(func() events.Stats {
		return events.Stats{Depth: 5, Capacity: 8, Published: 13, Dropped: 2, Failed: 1}
	})

	text := scrape(t, m)
	require.Contains(t, text, "\nevents_queue_depth 5\n")
	require.Contains(t, text, "\nevents_queue_capacity 8\n")
	require.Contains(t, text, "\nevents_published_total 13\n")
	require.Contains(t, text, "\nevents_dropped_total 2\n")
	require.Contains(t, text, "\nevents_failed_total 1\n")
}
