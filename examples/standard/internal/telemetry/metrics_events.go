package telemetry

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"example.com/shop-api/internal/events"
)

// eventBuckets are few, because there is a histogram for each type of event.
var eventBuckets = []float64{.001, .005, .025, .1, .5, 2.5, 10}

// Events publishes the state of the event queue.
func (m *Metrics) Events(stats func() events.Stats) {
	m.gauge("events_queue_depth", "Events waiting for a worker.",
		func() float64 { return float64(stats().Depth) })
	m.gauge("events_queue_capacity", "Maximum number of waiting events.",
		func() float64 { return float64(stats().Capacity) })
	m.gauge("events_workers", "Events that can be handled concurrently.",
		func() float64 { return float64(stats().Workers) })
	m.counter("events_published_total", "Events accepted.",
		func() float64 { return float64(stats().Published) })
	m.counter("events_dropped_total", "Events dropped because the queue was full.",
		func() float64 { return float64(stats().Dropped) })
	m.counter("events_failed_total", "Events whose handler failed.",
		func() float64 { return float64(stats().Failed) })
}

// EventHandler returns a handler that records the events that another handler
// handles. The label values are the types of the events, so there are few.
func (m *Metrics) EventHandler(handle func(context.Context, events.Event) error) func(context.Context, events.Event) error {
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "event_duration_seconds",
		Help:    "Time to handle an event.",
		Buckets: eventBuckets,
	}, []string{"event", "outcome"})
	inProgress := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "events_in_progress",
		Help: "Events that are being handled.",
	})
	m.registry.MustRegister(durations, inProgress)
	return func(ctx context.Context, event events.Event) error {
		started, failed := time.Now(), true // unless the handler returns
		inProgress.Inc()
		defer func() {
			inProgress.Dec()
			observeOutcome(ctx, durations, event.Type, failed, time.Since(started))
		}()
		err := handle(ctx, event)
		failed = err != nil
		return err
	}
}
