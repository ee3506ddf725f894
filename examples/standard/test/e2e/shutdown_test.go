package e2e_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The service stops while the body of the request is on its way.
func TestShutdownCompletesACallInFlight(t *testing.T) {
	s := start(t)
	c := signIn(t, s)
	body, err := json.Marshal(customerBody(c, 1))
	require.NoError(t, err)
	conn := connect(t, s.url)
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nX-Request-ID: in-flight\r\nContent-Length: %d\r\n", resources[0], len(body))
	require.NoError(t, err)
	_, err = fmt.Fprintf(conn, "Authorization: Bearer %s\r\n", c.token)
	require.NoError(t, err)
	_, err = io.WriteString(conn, "\r\n{")
	require.NoError(t, err)
	time.Sleep(100 * time.Millisecond) // until the handler waits for the rest
	stopped := make(chan error, 1)
	go func() { stopped <- s.stop() }()
	require.Eventually(t, func() bool {
		probe, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err == nil {
			_ = probe.Close()
		}
		return err != nil
	}, 5*time.Second, 10*time.Millisecond, "the service must refuse new connections")

	_, err = conn.Write(body[1:])
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, http.StatusCreated, response.StatusCode)
	require.NoError(t, <-stopped)
	require.Contains(t, s.log.byRequest("audit"), "in-flight")
	require.Contains(t, s.log.byRequest("request"), "in-flight")
}
