package telemetry

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"example.com/market-api/internal/health"
)

// Health publishes the results of the readiness checks. Each scrape asks for a
// report, so that an outage of a dependency is seen without any traffic.
func (m *Metrics) Health(ready func(context.Context) health.Report) {
	m.registry.MustRegister(healthCollector{
		ready: ready,
		check: prometheus.NewDesc("readiness_check_up",
			"Whether a readiness check passes: 1 if it does, 0 otherwise.", []string{"check"}, nil),
	})
}

// healthCollector reads the names of the checks from a report.
type healthCollector struct {
	ready func(context.Context) health.Report
	check *prometheus.Desc
}

// Describe implements prometheus.Collector.
func (c healthCollector) Describe(descriptions chan<- *prometheus.Desc) { descriptions <- c.check }

// Collect implements prometheus.Collector.
func (c healthCollector) Collect(metrics chan<- prometheus.Metric) {
	for name, state := range c.ready(context.Background()).Checks {
		up := 0.0
		if state == health.OK {
			up = 1
		}
		metrics <- prometheus.MustNewConstMetric(c.check, prometheus.GaugeValue, up, name)
	}
}
