package e2e_test

import (
	"bufio"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOnlyAllowedOriginsCanCallTheAPI(t *testing.T) {
	const origin = "https://app.example.com"
	c := &client{t: t, service: start(t, "CORS_ALLOWED_ORIGINS="+origin)}
	allowed := func(method, path string, headers ...string) string {
		status := http.StatusOK
		if method == http.MethodOptions {
			status = http.StatusNoContent
		}
		return c.call(status, method, path, nil, headers...).header.Get("Access-Control-Allow-Origin")
	}

	require.Equal(t, origin, allowed(http.MethodGet, "/openapi.yaml", "Origin", origin))
	require.Empty(t, allowed(http.MethodGet, "/openapi.yaml", "Origin", "https://evil.example.com"))
	preflight := []string{"Access-Control-Request-Method", http.MethodGet, "Access-Control-Request-Headers", "content-type"}
	require.Equal(t, origin, allowed(http.MethodOptions, "/openapi.yaml", append(preflight, "Origin", origin)...))
	require.Empty(t, allowed(http.MethodOptions, "/openapi.yaml", append(preflight, "Origin", "https://evil.example.com")...))
	exposed := c.call(http.StatusOK, http.MethodGet, "/openapi.yaml", nil, "Origin", origin).header.Get("Access-Control-Expose-Headers")
	for _, header := range []string{"Etag", "Location", "Retry-After"} {
		require.Contains(t, exposed, header)
	}
}

func TestDocsCanBeDisabled(t *testing.T) {
	c := &client{t: t, service: start(t, "DOCS_ENABLED=false")}
	c.call(http.StatusNotFound, http.MethodGet, "/docs", nil)
}

func TestOptionsOfTheServerHasSecurityHeaders(t *testing.T) {
	conn := connect(t, start(t).url)
	_, err := io.WriteString(conn, "OPTIONS * HTTP/1.1\r\nHost: test\r\n\r\n")
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, http.StatusNoContent, response.StatusCode)
	require.Equal(t, "nosniff", response.Header.Get("X-Content-Type-Options"))
}
