package telemetry

import "github.com/prometheus/client_golang/prometheus"

// gauge publishes a number that is read when Prometheus asks.
func (m *Metrics) gauge(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
}
