package telemetry

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/events"
)

func TestEventMetrics(t *testing.T) {
	m := NewMetrics("")
	m.Events(func() events.Stats {
		return events.Stats{Depth: 5, Capacity: 8, Workers: 3, Published: 13, Dropped: 2, Failed: 1}
	})

	text := scrape(t, m)
	require.Contains(t, text, "\nevents_queue_depth 5\n")
	require.Contains(t, text, "\nevents_queue_capacity 8\n")
	require.Contains(t, text, "\nevents_workers 3\n")
	require.Contains(t, text, "\nevents_published_total 13\n")
	require.Contains(t, text, "\nevents_dropped_total 2\n")
	require.Contains(t, text, "\nevents_failed_total 1\n")
}

func TestHandledEventsAreCountedByType(t *testing.T) {
	m := NewMetrics("")
	handle := m.EventHandler(func(_ context.Context, event events.Event) error {
		require.Contains(t, scrape(t, m), "\nevents_in_progress 1\n")
		switch event.Type {
		case "thing.deleted":
			return errors.New("no")
		case "thing.updated":
			panic("a bug")
		}
		return nil
	})
	require.NoError(t, handle(t.Context(), events.Event{Type: "thing.created"}))
	require.Error(t, handle(t.Context(), events.Event{Type: "thing.deleted"}))
	require.Panics(t, func() { _ = handle(t.Context(), events.Event{Type: "thing.updated"}) })

	text := scrape(t, m)
	require.Contains(t, text, `event_duration_seconds_count{event="thing.created",outcome="success"} 1`)
	require.Contains(t, text, `event_duration_seconds_count{event="thing.deleted",outcome="failure"} 1`)
	require.Contains(t, text, `event_duration_seconds_count{event="thing.updated",outcome="failure"} 1`)
	require.Contains(t, text, "\nevents_in_progress 0\n")
}
