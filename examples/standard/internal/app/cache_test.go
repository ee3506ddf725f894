package app

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheServiceDoesWithoutRedis(t *testing.T) {
	a, _ := start(t, "REDIS_URL=redis://127.0.0.1:1")

	status, body := get(t, "http://"+a.Addr()+"/readyz")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, `"status":"degraded"`)

	status, _ = get(t, "http://"+a.Addr()+"/openapi.yaml")
	require.Equal(t, http.StatusOK, status, "rates are limited without Redis, too")
}
