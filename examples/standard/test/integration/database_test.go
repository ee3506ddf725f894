// Package integration_test tests against real servers. It skips the tests for
// which the environment does not configure a server.
package integration_test

import (
	"context"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"example.com/shop-api/migrations"
	"example.com/shop-api/pkg/database"
)

var quiet = slog.New(slog.DiscardHandler)

// openDatabase returns a pool that uses a new, empty schema, which is dropped
// when the test ends.
func openDatabase(t testing.TB) *pgxpool.Pool {
	t.Helper()
	return openDatabaseWith(t, 30*time.Second)
}

// openDatabaseWith is openDatabase with a timeout of statements.
func openDatabaseWith(t testing.TB, timeout time.Duration) *pgxpool.Pool {
	t.Helper()
	address := os.Getenv("DATABASE_URL")
	if address == "" {
		t.Skip("DATABASE_URL is not set")
	}
	schema := "test_" + uuid.NewString()
	execute(t, address, "CREATE SCHEMA "+pgx.Identifier{schema}.Sanitize())
	t.Cleanup(func() { execute(t, address, "DROP SCHEMA "+pgx.Identifier{schema}.Sanitize()+" CASCADE") })

	parsed, err := url.Parse(address)
	require.NoError(t, err)
	query := parsed.Query()
	query.Set("search_path", pgx.Identifier{schema}.Sanitize())
	parsed.RawQuery = query.Encode()

	pool, err := database.Open(t.Context(), database.Config{
		URL:              parsed.String(),
		MaxConns:         8,
		ConnLifetime:     time.Hour,
		ConnIdleTime:     time.Hour,
		ConnectTimeout:   5 * time.Second,
		StatementTimeout: timeout,
	})
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

func execute(t testing.TB, address, statement string) {
	t.Helper()
	ctx := context.Background() // the context of the test is done during cleanup
	conn, err := pgx.Connect(ctx, address)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(ctx)) }()
	_, err = conn.Exec(ctx, statement)
	require.NoError(t, err)
}

// migrated returns a pool for a migrated schema.
func migrated(t testing.TB) *pgxpool.Pool {
	t.Helper()
	pool := openDatabase(t)
	require.NoError(t, database.Migrate(t.Context(), pool, migrations.FS, quiet))
	return pool
}

// empty deletes all rows.
func empty(t testing.TB, pool *pgxpool.Pool) {
	t.Helper()
	_, err := pool.Exec(t.Context(), `TRUNCATE users, customers, orders CASCADE`)
	require.NoError(t, err)
}

// pending returns the number of pending migrations.
func pending(t testing.TB, pool *pgxpool.Pool) int {
	t.Helper()
	status, err := database.MigrationStatus(t.Context(), pool, migrations.FS)
	require.NoError(t, err)
	count := 0
	for _, migration := range status {
		if migration.AppliedAt.IsZero() {
			count++
		}
	}
	missing, err := database.MissingMigrations(t.Context(), pool, migrations.FS)
	require.NoError(t, err)
	require.Len(t, missing, count)
	return count
}

func TestListsHaveIndexes(t *testing.T) {
	pool := migrated(t)
	columns := map[string][]string{}
	columns["sessions"] = []string{"user_id, id", "expires_at"}
	columns["orders"] = []string{`owner_id, status, id`, `owner_id, customer_id, id`, `owner_id, invoice_to_id, id`}
	for table, lists := range columns {
		rows, err := pool.Query(t.Context(), "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = $1", table)
		require.NoError(t, err)
		indexes, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		for _, list := range lists {
			require.Contains(t, strings.Join(indexes, "\n"), "("+list+")", table)
		}
	}
}

func TestMigrationsUpAndDown(t *testing.T) {
	pool := openDatabase(t)
	all := pending(t, pool)
	for range 2 {
		require.NoError(t, database.Migrate(t.Context(), pool, migrations.FS, quiet))
		require.Zero(t, pending(t, pool))
		for undone := range all {
			require.NoError(t, database.MigrateDown(t.Context(), pool, migrations.FS, quiet))
			require.Equal(t, undone+1, pending(t, pool))
		}
		require.NoError(t, database.MigrateDown(t.Context(), pool, migrations.FS, quiet))
	}
}

func TestConcurrentMigrationsRunOnce(t *testing.T) {
	pool := openDatabase(t)
	files := fstest.MapFS{"00001_once.sql": {Data: []byte("-- +goose Up\nSELECT pg_sleep(1);\nCREATE TABLE once ();\n")}}
	const replicas = 4
	failures := make(chan error, replicas)
	var running sync.WaitGroup
	for range replicas {
		running.Go(func() { failures <- database.Migrate(t.Context(), pool, files, quiet) })
	}
	running.Wait()
	for range replicas {
		require.NoError(t, <-failures)
	}
	missing, err := database.MissingMigrations(t.Context(), pool, files)
	require.NoError(t, err)
	require.Empty(t, missing)
}

func TestConnectionsHaveTimeouts(t *testing.T) {
	pool := openDatabase(t)
	for _, setting := range []string{"statement_timeout", "idle_in_transaction_session_timeout"} {
		var value string
		require.NoError(t, pool.QueryRow(t.Context(), "SHOW "+setting).Scan(&value))
		require.Equal(t, "30s", value, setting)
	}
}

func TestMigrationsTakeLongerThanStatements(t *testing.T) {
	pool := openDatabaseWith(t, 100*time.Millisecond)
	files := fstest.MapFS{"00001_slow.sql": {Data: []byte("-- +goose Up\nSELECT pg_sleep(0.3);\n")}}
	require.NoError(t, database.Migrate(t.Context(), pool, files, quiet))

	_, err := pool.Exec(t.Context(), "SELECT pg_sleep(10)")
	require.Error(t, err)
}

func TestMigrationsCanBeOutOfOrder(t *testing.T) {
	pool := openDatabase(t)
	files := fstest.MapFS{"00009_nine.sql": {Data: []byte("-- +goose Up\nCREATE TABLE nine ();\n")}}
	require.NoError(t, database.Migrate(t.Context(), pool, files, quiet))
	files["00003_three.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE three ();\n")}

	require.NoError(t, database.Migrate(t.Context(), pool, files, quiet))

	_, err := pool.Exec(t.Context(), "SELECT FROM three, nine")
	require.NoError(t, err)
}

func TestDeleteExpiredUsesAnIndex(t *testing.T) {
	pool := migrated(t)
	conn, err := pool.Acquire(t.Context())
	require.NoError(t, err)
	defer conn.Release()
	// The planner would not use an index for an empty table.
	_, err = conn.Exec(t.Context(), "SET enable_seqscan = off")
	require.NoError(t, err)

	rows, err := conn.Query(t.Context(), `EXPLAIN SELECT id FROM sessions WHERE expires_at <= now() ORDER BY expires_at LIMIT 1000`)
	require.NoError(t, err)
	plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Contains(t, strings.Join(plan, "\n"), "sessions_expires_at_idx")
}

func TestStatementTimeoutCancelsStatement(t *testing.T) {
	pool := openDatabase(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := pool.Exec(ctx, "SELECT pg_sleep(10)")
	require.ErrorIs(t, err, context.DeadlineExceeded)

	// The server must have canceled the statement, too.
	require.Eventually(t, func() bool {
		var sleeping int
		err := pool.QueryRow(t.Context(), `
			SELECT count(*) FROM pg_stat_activity
			WHERE query = 'SELECT pg_sleep(10)' AND state = 'active'`).Scan(&sleeping)
		return err == nil && sleeping == 0
	}, 5*time.Second, 50*time.Millisecond)
}
