package telemetry

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

func TestDatabaseMetrics(t *testing.T) {
	// The pool connects on demand, so this needs no server.
	pool, err := pgxpool.New(t.Context(), "postgres://localhost/service?pool_max_conns=7")
	require.NoError(t, err)
	defer pool.Close()
	m := NewMetrics("")
	m.Database(pool.Stat)

	text := scrape(t, m)
	require.Contains(t, text, "\ndb_pool_connections_max 7\n")
	require.Contains(t, text, "\ndb_pool_connections_in_use 0\n")
	require.Contains(t, text, "\ndb_pool_waits_total 0\n")
}

func TestOperationMetrics(t *testing.T) {
	m := NewMetrics("")
	observe := m.Operations()
	observe(t.Context(), "find", false, 20*time.Millisecond)
	observe(t.Context(), "insert", true, time.Second)

	text := scrape(t, m)
	require.Contains(t, text, `db_operation_duration_seconds_bucket{operation="find",outcome="success",le="0.025"} 1`)
	require.Contains(t, text, `db_operation_duration_seconds_count{operation="insert",outcome="failure"} 1`)
	require.Contains(t, text, `db_operation_duration_seconds_count{operation="find",outcome="failure"} 0`)
}
