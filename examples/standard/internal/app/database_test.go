package app

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/config"
)

// nowhere is the URL of a database that is down.
const nowhere = "postgres://user:password@127.0.0.1:1/service"

func TestServiceStartsWithoutDatabase(t *testing.T) {
	a, _ := start(t, "DATABASE_URL="+nowhere)

	status, _ := get(t, "http://"+a.Addr()+"/livez")
	require.Equal(t, http.StatusOK, status)

	status, body := get(t, "http://"+a.Addr()+"/readyz")
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Contains(t, body, `"database":"unavailable"`)
	require.Contains(t, body, `"migrations":"unavailable"`)
	require.NotContains(t, body, "password")
}

func TestJobsFailWithoutDatabase(t *testing.T) {
	cfg := load(t, "DATABASE_URL="+nowhere)
	for name, job := range map[string]func(config.Database) error{
		"migrate up":   func(cfg config.Database) error { return MigrateUp(t.Context(), cfg, quiet) },
		"migrate down": func(cfg config.Database) error { return MigrateDown(t.Context(), cfg, quiet) },
		"migrate status": func(cfg config.Database) error {
			_, err := MigrationStatus(t.Context(), cfg)
			return err
		},
		"set-role": func(cfg config.Database) error { return SetRole(t.Context(), cfg, "ann@example.com", "admin") },
	} {
		t.Run(name, func(t *testing.T) {
			err := job(cfg.Database)

			require.ErrorContains(t, err, "connection refused")
			require.NotContains(t, err.Error(), "password")
		})
	}
}

func TestPoolerSettingIsUsed(t *testing.T) {
	require.True(t, databaseConfig(load(t, "DATABASE_POOLER=true").Database).Pooler)
}
