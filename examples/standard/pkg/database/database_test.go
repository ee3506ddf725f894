package database_test

import (
	"net"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"example.com/shop-api/pkg/database"
)

func TestOpenSucceedsWhenDatabaseIsDown(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())

	pool, err := database.Open(t.Context(), database.Config{
		URL:              "postgres://user:secret@" + listener.Addr().String() + "/service?pool_max_conns=99",
		MaxConns:         3,
		ConnLifetime:     time.Hour,
		ConnIdleTime:     time.Minute,
		ConnectTimeout:   time.Second,
		StatementTimeout: 5 * time.Second,
	})
	require.NoError(t, err)
	defer pool.Close()

	require.EqualValues(t, 3, pool.Config().MaxConns)
	require.Equal(t, "5000", pool.Config().ConnConfig.RuntimeParams["statement_timeout"])
	require.Error(t, pool.Ping(t.Context()))
}

func TestOpenRejectsInvalidURL(t *testing.T) {
	_, err := database.Open(t.Context(), database.Config{URL: "postgres://user:secret@host:port/"})
	require.Error(t, err)
	require.NotContains(t, err.Error(), "secret")
}

func TestMigrationStatusWithoutMigrations(t *testing.T) {
	pool, err := database.Open(t.Context(), database.Config{URL: "postgres://127.0.0.1:1/service", MaxConns: 1, ConnLifetime: time.Hour, ConnIdleTime: time.Hour})
	require.NoError(t, err)
	defer pool.Close()

	migrations, err := database.MigrationStatus(t.Context(), pool, fstest.MapFS{})
	require.NoError(t, err)
	require.Empty(t, migrations)
}
