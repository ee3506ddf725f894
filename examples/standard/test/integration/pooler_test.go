package integration_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"example.com/shop-api/migrations"
	"example.com/shop-api/pkg/database"
)

// openPooler returns a pool behind PgBouncer in transaction mode, which gives
// the pool fewer connections than it opens. It uses a new, empty database, which
// is dropped when the test ends.
func openPooler(t *testing.T) *pgxpool.Pool {
	t.Helper()
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		t.Skip("pgbouncer is not installed")
	}
	address := os.Getenv("DATABASE_URL")
	if address == "" {
		t.Skip("DATABASE_URL is not set")
	}
	name := "pooled_" + uuid.NewString()
	execute(t, address, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	t.Cleanup(func() {
		execute(t, address, "DROP DATABASE "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)")
	})

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := listener.Addr().(*net.TCPAddr).Port
	require.NoError(t, listener.Close())
	server, err := pgx.ParseConfig(address)
	require.NoError(t, err)
	settings := filepath.Join(t.TempDir(), "pgbouncer.ini")
	require.NoError(t, os.WriteFile(settings, fmt.Appendf(nil, `[databases]
* = host=%s port=%d user=%s password=%s

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
`, server.Host, server.Port, server.User, server.Password, port), 0o600))
	pooler := exec.CommandContext(t.Context(), program, settings)
	if os.Geteuid() == 0 {
		pooler.Args = append(pooler.Args, "--user=nobody")
	}
	require.NoError(t, pooler.Start())
	t.Cleanup(func() { _ = pooler.Wait() })

	pooled, err := url.Parse(address)
	require.NoError(t, err)
	pooled.Host, pooled.Path, pooled.RawQuery = fmt.Sprintf("127.0.0.1:%d", port), name, "sslmode=disable"
	pool, err := database.Open(t.Context(), database.Config{
		URL:              pooled.String(),
		Pooler:           true,
		MaxConns:         16,
		ConnLifetime:     time.Hour,
		ConnIdleTime:     time.Hour,
		ConnectTimeout:   5 * time.Second,
		StatementTimeout: 5 * time.Second,
	})
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	require.Eventually(t, func() bool { return pool.Ping(t.Context()) == nil }, 10*time.Second, 50*time.Millisecond)
	return pool
}

func TestPoolerServesParallelStatements(t *testing.T) {
	pool := openPooler(t)
	execute := func(sql string, args ...any) error {
		_, err := pool.Exec(t.Context(), sql, args...)
		return err
	}
	require.NoError(t, execute("CREATE TABLE items (id uuid PRIMARY KEY, name text NOT NULL, amount integer, tags text[], at timestamptz NOT NULL)"))

	var running sync.WaitGroup
	failures := make(chan error, 400)
	for i := range 400 {
		running.Go(func() {
			id, now := uuid.New(), time.Now().UTC().Truncate(time.Microsecond)
			failures <- pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
				_, err := tx.Exec(t.Context(), "INSERT INTO items VALUES ($1, $2, $3, $4, $5)", id, "item", i, []string{"a", "b"}, now)
				if err != nil {
					return err
				}
				var amount int
				var at time.Time
				err = tx.QueryRow(t.Context(), "SELECT amount, at FROM items WHERE id = $1", id).Scan(&amount, &at)
				if err == nil && (amount != i || !at.Equal(now)) {
					err = fmt.Errorf("%d at %s, not %d at %s", amount, at, i, now)
				}
				return err
			})
		})
	}
	running.Wait()
	close(failures)
	for err := range failures {
		require.NoError(t, err)
	}
	var count int
	require.NoError(t, pool.QueryRow(t.Context(), "SELECT count(*) FROM items WHERE name = $1", "item").Scan(&count))
	require.Equal(t, 400, count)
}

func TestPoolerMigratesOnce(t *testing.T) {
	pool := openPooler(t)
	var running sync.WaitGroup
	failures := make([]error, 4)
	for i := range failures {
		running.Go(func() { failures[i] = database.Migrate(t.Context(), pool, migrations.FS, quiet) })
	}
	running.Wait()

	for _, err := range failures {
		require.NoError(t, err)
	}
	require.Zero(t, pending(t, pool))
}

func TestPoolerLimitsStatements(t *testing.T) {
	pool := openPooler(t)
	started := time.Now()

	_, err := pool.Exec(t.Context(), "SELECT pg_sleep(60)")

	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Less(t, time.Since(started), 20*time.Second)
	require.Eventually(t, func() bool {
		var sleeping int
		err := pool.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = $1", "SELECT pg_sleep(60)").Scan(&sleeping)
		return err == nil && sleeping == 0
	}, 10*time.Second, 100*time.Millisecond, "the statement must not continue on the server")
}
