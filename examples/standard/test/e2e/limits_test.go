package e2e_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// someAddress returns the address of a client that is not limited yet.
func someAddress() string {
	return "2001:db8:" + uuid.NewString()[:4] + ":" + uuid.NewString()[:4] + "::1"
}

// connect opens a connection that the test writes to on its own.
func connect(t *testing.T, url string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// trickle writes a byte at a time until the other side closes the connection, and
// returns how long that took.
func trickle(t *testing.T, conn net.Conn, begin string) time.Duration {
	t.Helper()
	started := time.Now()
	_, err := io.WriteString(conn, begin)
	require.NoError(t, err)
	closed := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, conn)
		close(closed)
	}()
	for time.Since(started) < 5*time.Second {
		_, _ = io.WriteString(conn, "x")
		select {
		case <-closed:
			return time.Since(started)
		case <-time.After(20 * time.Millisecond):
		}
	}
	return time.Since(started)
}

func TestSlowClientsAreDisconnected(t *testing.T) {
	s := start(t,
		"HTTP_READ_HEADER_TIMEOUT=100ms",
		"HTTP_READ_TIMEOUT=2s",
		"HTTP_REQUEST_TIMEOUT=1s",
		"HTTP_WRITE_TIMEOUT=1001ms",
		"HTTP_IDLE_TIMEOUT=100ms",
	)
	begin := "POST " + resources[0] + " HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n"
	begin += "Authorization: Bearer " + signIn(t, s).token + "\r\n"

	t.Run("headers", func(t *testing.T) {
		t.Parallel()
		took := trickle(t, connect(t, s.url), "GET /livez HTTP/1.1\r\nHost: test\r\nX-Header: ")
		require.Less(t, took, 1500*time.Millisecond)
	})

	t.Run("headers of operators", func(t *testing.T) {
		t.Parallel()
		took := trickle(t, connect(t, s.admin), "GET /metrics HTTP/1.1\r\nHost: test\r\nX-Header: ")
		require.Less(t, took, 1500*time.Millisecond)
	})

	t.Run("body", func(t *testing.T) {
		t.Parallel()
		require.Less(t, trickle(t, connect(t, s.url), begin+"\r\n{"), 4*time.Second)
	})

	t.Run("idle", func(t *testing.T) {
		t.Parallel()
		conn := connect(t, s.url)
		started := time.Now()
		_, err := io.WriteString(conn, "GET /livez HTTP/1.1\r\nHost: test\r\n\r\n")
		require.NoError(t, err)
		require.NoError(t, conn.SetReadDeadline(started.Add(5*time.Second)))
		_, err = io.Copy(io.Discard, conn)
		require.NoError(t, err, "the service must close the connection")
		require.Less(t, time.Since(started), 4*time.Second)
	})

	// The responses are larger than what the connection buffers.
	t.Run("response", func(t *testing.T) {
		t.Parallel()
		conn := connect(t, s.url)
		const requests = 20
		_, err := io.WriteString(conn, strings.Repeat("GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: test\r\n\r\n", requests))
		require.NoError(t, err)
		time.Sleep(1500 * time.Millisecond)
		received, _ := io.ReadAll(conn)
		require.Less(t, strings.Count(string(received), "HTTP/1.1 200 OK"), requests)
	})
}

func TestLargeRequestsAreRefused(t *testing.T) {
	s := start(t, "HTTP_MAX_HEADER_BYTES=5000", "HTTP_MAX_BODY_BYTES=2000")

	t.Run("headers", func(t *testing.T) {
		conn := connect(t, s.url)
		_, err := fmt.Fprintf(conn, "GET /livez HTTP/1.1\r\nHost: test\r\nX-Header: %s\r\n\r\n", strings.Repeat("x", 20_000))
		require.NoError(t, err)
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		defer response.Body.Close()
		require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, response.StatusCode)
	})

	// The service does not wait for such a body.
	t.Run("body with a length", func(t *testing.T) {
		conn := connect(t, s.url)
		_, err := io.WriteString(conn, "POST /livez HTTP/1.1\r\nHost: test\r\nContent-Length: 2001\r\nExpect: 100-continue\r\n\r\n")
		require.NoError(t, err)
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		defer response.Body.Close()
		require.Equal(t, http.StatusRequestEntityTooLarge, response.StatusCode)
		require.Equal(t, "application/problem+json", response.Header.Get("Content-Type"))
	})

	t.Run("body without a length", func(t *testing.T) {
		text, err := json.Marshal(map[string]string{"x": strings.Repeat("x", 5000)})
		require.NoError(t, err)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+resources[0], io.MultiReader(strings.NewReader(string(text))))
		require.NoError(t, err)
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Authorization", "Bearer "+signIn(t, s).token)
		response, err := s.contract.RoundTrip(request)
		require.NoError(t, err)
		defer response.Body.Close()
		require.Equal(t, http.StatusRequestEntityTooLarge, response.StatusCode)
	})
}

// limited returns a client that sends each request over a new connection, and
// the settings of a service that limits it.
func limited(t *testing.T, environ ...string) func(status int, path, address string) response {
	t.Helper()
	settings := []string{"RATE_LIMIT_REQUESTS=3", "RATE_LIMIT_PERIOD=1h", "HTTP_TRUSTED_PROXIES=127.0.0.0/8"}
	c := &client{t: t, service: start(t, append(settings, environ...)...)}
	return func(status int, path, address string) response {
		return c.call(status, http.MethodGet, path, nil, "X-Forwarded-For", address, "Connection", "close")
	}
}

func TestClientsAreLimited(t *testing.T) {
	get, address := limited(t), someAddress()
	for remaining := range 3 {
		allowed := get(http.StatusOK, "/openapi.yaml", address)
		require.Equal(t, strconv.Itoa(2-remaining), allowed.header.Get("RateLimit-Remaining"))
	}

	require.NotEmpty(t, get(http.StatusTooManyRequests, "/openapi.yaml", address).header.Get("Retry-After"))
	get(http.StatusTooManyRequests, "/openapi.yaml", "192.0.2.99, "+address)
	get(http.StatusOK, "/readyz", address)
	get(http.StatusOK, "/openapi.yaml", someAddress())
}

// A hash takes 19 MiB, so a burst of sign-ins has to wait.
func TestSignInsTakeBoundedMemory(t *testing.T) {
	// A slow machine hashes the passwords of the burst one after the other.
	s := start(t, "HTTP_REQUEST_TIMEOUT=2m", "HTTP_WRITE_TIMEOUT=3m")
	stop, highest := make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		for {
			var stats runtime.MemStats
			runtime.ReadMemStats(&stats)
			most = max(most, stats.HeapAlloc)
			select {
			case <-stop:
				highest <- most
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	burst := 16 * runtime.GOMAXPROCS(0)
	var running sync.WaitGroup
	for range burst {
		running.Go(func() {
			(&client{t: t, service: s}).call(http.StatusUnauthorized, http.MethodPost, "/api/v1/auth/login", newAccount())
		})
	}
	running.Wait()
	close(stop)

	require.Less(t, <-highest, uint64(burst)*19<<20/2)
}
