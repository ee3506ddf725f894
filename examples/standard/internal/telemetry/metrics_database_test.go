package telemetry

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

func TestDatabaseMetrics(t *testing.T) {
	// The pool connects on demand, so this needs no server.
	pool, err := pgxpool.New(t.Context(), "postgres://localhost/service?pool_max_conns=7")
	require.NoError(t, err)
	defer pool.Close()
	m := NewMetrics()
	m.Database(pool.Stat)

	text := scrape(t, m)
	require.Contains(t, text, "\ndb_pool_connections_max 7\n")
	require.Contains(t, text, "\ndb_pool_connections_in_use 0\n")
	require.Contains(t, text, "\ndb_pool_waits_total 0\n")
}
