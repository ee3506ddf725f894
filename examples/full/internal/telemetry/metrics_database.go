package telemetry

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"example.com/market-api/pkg/database"
)

// Database publishes the state of the connection pool.
func (m *Metrics) Database(stat func() *pgxpool.Stat) {
	m.gauge("db_pool_connections_max", "Maximum number of connections.",
		func() float64 { return float64(stat().MaxConns()) })
	m.gauge("db_pool_connections_open", "Open connections.",
		func() float64 { return float64(stat().TotalConns()) })
	m.gauge("db_pool_connections_in_use", "Connections in use.",
		func() float64 { return float64(stat().AcquiredConns()) })
	m.counter("db_pool_acquires_total", "Connections taken from the pool.",
		func() float64 { return float64(stat().AcquireCount()) })
	m.counter("db_pool_waits_total", "Connections that callers had to wait for because all were in use.",
		func() float64 { return float64(stat().EmptyAcquireCount()) })
	m.counter("db_pool_wait_seconds_total", "Time spent waiting for connections.",
		func() float64 { return stat().EmptyAcquireWaitTime().Seconds() })
	m.counter("db_pool_cancelled_waits_total", "Waits that ended without a connection.",
		func() float64 { return float64(stat().CanceledAcquireCount()) })
}

// Operations returns an observer that publishes the duration of operations. The
// label values are the operations that the service uses, so there are few.
func (m *Metrics) Operations() database.Observer {
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "db_operation_duration_seconds",
		Help:    "Time from sending an operation to the database to receiving its response.",
		Buckets: latencyBuckets,
	}, []string{"operation", "outcome"})
	m.registry.MustRegister(durations)
	return func(ctx context.Context, operation string, failed bool, took time.Duration) {
		observeOutcome(ctx, durations, operation, failed, took)
	}
}
