package telemetry

import "example.com/shop-api/internal/events"

// Events publishes the state of the event queue.
func (m *Metrics) Events(stats func() events.Stats) {
	m.gauge("events_queue_depth", "Events waiting for a worker.",
		func() float64 { return float64(stats().Depth) })
	m.gauge("events_queue_capacity", "Maximum number of waiting events.",
		func() float64 { return float64(stats().Capacity) })
	m.counter("events_published_total", "Events accepted.",
		func() float64 { return float64(stats().Published) })
	m.counter("events_dropped_total", "Events dropped because the queue was full.",
		func() float64 { return float64(stats().Dropped) })
	m.counter("events_failed_total", "Events whose handler failed.",
		func() float64 { return float64(stats().Failed) })
}
