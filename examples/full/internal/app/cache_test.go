package app

import (
	"net/http"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"
)

func TestServiceStartsWithoutRedis(t *testing.T) {
	a, _ := start(t, "REDIS_URL=redis://127.0.0.1:1")

	status, body := get(t, "http://"+a.Addr()+"/readyz")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, `"status":"degraded"`)

	status, _ = get(t, "http://"+a.Addr()+"/openapi.yaml")
	require.Equal(t, http.StatusOK, status, "rate limiting must work without Redis")
}

func TestRateLimitKeysContainServiceName(t *testing.T) {
	server := miniredis.RunT(t)
	a, _ := start(t, "REDIS_URL=redis://"+server.Addr())

	status, _ := get(t, "http://"+a.Addr()+"/openapi.yaml")
	require.Equal(t, http.StatusOK, status)

	require.NotEmpty(t, server.Keys())
	for _, key := range server.Keys() {
		require.True(t, strings.HasPrefix(key, "rate:market-api:"), key)
	}
}
