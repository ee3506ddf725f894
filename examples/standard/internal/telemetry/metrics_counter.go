package telemetry

import "github.com/prometheus/client_golang/prometheus"

// counter publishes a number that only grows, and is read when Prometheus asks.
func (m *Metrics) counter(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, value))
}
