package e2e_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/app"
)

// newSchema returns the URL of an empty schema in the configured database,
// which is dropped when the test ends. Without a database, it returns an empty
// string.
func newSchema(t *testing.T) string {
	t.Helper()
	address := os.Getenv("DATABASE_URL")
	if address == "" {
		return ""
	}
	schema := pgx.Identifier{"e2e_" + uuid.NewString()}.Sanitize()
	execute(t, address, "CREATE SCHEMA "+schema)
	t.Cleanup(func() { execute(t, address, "DROP SCHEMA "+schema+" CASCADE") })

	parsed, err := url.Parse(address)
	require.NoError(t, err)
	query := parsed.Query()
	query.Set("search_path", schema)
	query.Set("application_name", schema)
	parsed.RawQuery = query.Encode()
	return parsed.String()
}

func execute(t *testing.T, address, statement string) {
	t.Helper()
	ctx := context.Background() // the context of the test is done during cleanup
	conn, err := pgx.Connect(ctx, address)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(ctx)) }()
	_, err = conn.Exec(ctx, statement)
	require.NoError(t, err)
}

// requireSchema returns the URL of an empty schema, and a connection that sees it.
func requireSchema(t *testing.T) (address string, conn *pgx.Conn) {
	t.Helper()
	address = newSchema(t)
	if address == "" {
		t.Skip("DATABASE_URL is not set")
	}
	config, err := pgx.ParseConfig(address)
	require.NoError(t, err)
	config.RuntimeParams["application_name"] = "observer"
	conn, err = pgx.ConnectConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return address, conn
}

// connections returns the number of connections of a service to a schema.
func connections(t *testing.T, conn *pgx.Conn) int {
	t.Helper()
	var count int
	err := conn.QueryRow(t.Context(), `
		SELECT count(*) FROM pg_stat_activity
		WHERE application_name = current_setting('search_path')`).Scan(&count)
	require.NoError(t, err)
	return count
}

func TestServiceWaitsForMigrations(t *testing.T) {
	address, _ := requireSchema(t)
	s := start(t, "DATABASE_URL="+address, "DATABASE_MIGRATE=false")
	c := &client{t: t, service: s}
	require.Equal(t, "unavailable", c.call(http.StatusServiceUnavailable, http.MethodGet, "/readyz", nil).body["status"])

	require.NoError(t, app.MigrateUp(t.Context(), s.cfg.Database, slog.New(slog.DiscardHandler)))

	require.Eventually(t, func() bool {
		response, err := http.Get(s.url + "/readyz")
		http.DefaultClient.CloseIdleConnections()
		return err == nil && response.Body.Close() == nil && response.StatusCode == http.StatusOK
	}, 5*time.Second, 100*time.Millisecond)
}

// A lock keeps all statements of the service waiting.
func TestRequestsEndWhileTheDatabaseBlocks(t *testing.T) {
	for name, settings := range map[string][]string{
		"by the request timeout":   {"HTTP_REQUEST_TIMEOUT=400ms", "DATABASE_STATEMENT_TIMEOUT=20s"},
		"by the statement timeout": {"HTTP_REQUEST_TIMEOUT=20s", "DATABASE_STATEMENT_TIMEOUT=400ms"},
	} {
		t.Run(name, func(t *testing.T) {
			address, conn := requireSchema(t)
			s := start(t, append(settings, "DATABASE_URL="+address, "DATABASE_MAX_CONNS=2", "DATABASE_MIN_CONNS=0")...)
			c := signIn(t, s)
			tx, err := conn.Begin(t.Context())
			require.NoError(t, err)
			_, err = tx.Exec(t.Context(), `LOCK TABLE customers`)
			require.NoError(t, err)

			started, most := time.Now(), 0
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				var running sync.WaitGroup
				for range 4 {
					running.Go(func() { c.call(http.StatusServiceUnavailable, http.MethodGet, resources[0], nil) })
				}
				running.Wait()
			}()
			for waiting := true; waiting; {
				most = max(most, connections(t, conn))
				select {
				case <-ended:
					waiting = false
				case <-time.After(20 * time.Millisecond):
				}
			}

			require.Less(t, time.Since(started), 10*time.Second)
			require.LessOrEqual(t, most, 2)
			require.NoError(t, tx.Rollback(t.Context()))
			if name == "by the request timeout" {
				require.Contains(t, s.metrics(t), "http_request_timeouts_total 4")
			}
			require.NoError(t, s.stop())
			require.Eventually(t, func() bool { return connections(t, conn) == 0 }, 5*time.Second, 10*time.Millisecond)
		})
	}
}
