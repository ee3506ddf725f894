package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// journal is the log of a service.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(line)
}

// String returns the whole log.
func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// byRequest returns the lines with a message by their request IDs.
func (j *journal) byRequest(message string) map[string]map[string]any {
	found := map[string]map[string]any{}
	for line := range strings.Lines(j.String()) {
		var members map[string]any
		if json.Unmarshal([]byte(line), &members) == nil && members["msg"] == message {
			id, _ := members["request_id"].(string)
			found[id] = members
		}
	}
	return found
}

// isProbe reports whether a request is a probe, which is only logged if it fails.
func isProbe(path string) bool { return path == "/livez" || path == "/readyz" }

// requireLogged requires one line in the access log for each response to a
// documented operation.
func (s *service) requireLogged(t *testing.T) {
	t.Helper()
	logged := func() bool {
		lines := s.log.byRequest("request")
		for _, e := range s.contract.exchanges() {
			if lines[e.requestID] == nil && !isProbe(e.route) {
				return false
			}
		}
		return true
	}
	// A line is written after its response.
	require.Eventually(t, logged, 2*time.Second, time.Millisecond)
	lines := s.log.byRequest("request")
	for _, e := range s.contract.exchanges() {
		if isProbe(e.route) {
			continue
		}
		line := lines[e.requestID]
		require.Equal(t, e.method, line["method"])
		require.Equal(t, e.route, line["route"])
		require.InDelta(t, e.status, line["status"], 0)
		require.Equal(t, "127.0.0.1", line["client_ip"])
	}
	require.Len(t, lines, strings.Count(s.log.String(), `"msg":"request"`), "a request must be logged once")
}

// requireAudited requires a line in the audit log for each change of an item. The
// service must have stopped, which handles the events that are still queued.
func (s *service) requireAudited(t *testing.T) {
	t.Helper()
	actions := map[string]string{
		http.MethodPost:   ".created",
		http.MethodPut:    ".updated",
		http.MethodPatch:  ".updated",
		http.MethodDelete: ".deleted",
	}
	lines := s.log.byRequest("audit")
	for _, e := range s.contract.exchanges() {
		action, changes := actions[e.method]
		if !changes || e.status >= http.StatusBadRequest || !slices.Contains(resources, strings.Split(e.route, "/{")[0]) {
			continue
		}
		line := lines[e.requestID]
		require.NotNil(t, line, "%s %s is not in the audit log", e.method, e.route)
		require.Contains(t, line["event"], action)
		require.NotEqual(t, uuid.Nil.String(), line["actor_id"])
	}
}

// metrics returns the metrics as text.
func (s *service) metrics(t *testing.T) string {
	t.Helper()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	received, err := (&http.Client{Transport: transport}).Get(s.admin + "/metrics")
	require.NoError(t, err)
	defer received.Body.Close()
	text, err := io.ReadAll(received.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, received.StatusCode, "%s", text)
	return string(text)
}

// requireCounted requires that the metrics count each response by its route.
func (s *service) requireCounted(t *testing.T) {
	t.Helper()
	text := s.metrics(t)
	for _, e := range s.contract.exchanges() {
		require.Contains(t, text, fmt.Sprintf("http_requests_total{method=%q,route=%q,status=\"%d\"} ", e.method, e.route, e.status))
	}
	checks, _ := (&client{t: t, service: s}).call(http.StatusOK, http.MethodGet, "/readyz", nil).body["checks"].(map[string]any)
	for check := range checks {
		require.Contains(t, text, fmt.Sprintf("\nreadiness_check_up{check=%q} 1\n", check))
	}
	require.Contains(t, text, "\nevents_workers")
	require.Contains(t, text, "\nevent_duration_seconds_count")
	require.Contains(t, text, "\ncache_hits_total")
	if s.cfg.Database.URL != "" {
		require.Contains(t, text, "\ndb_operation_duration_seconds_count")
		require.Contains(t, text, fmt.Sprintf("\ndb_pool_connections_max %d\n", s.cfg.Database.MaxConns))
	}
}

func TestMissingProxiesAreReported(t *testing.T) {
	s := start(t)
	(&client{t: t, service: s}).call(http.StatusOK, http.MethodGet, "/livez", nil, "X-Forwarded-For", "192.0.2.1")

	require.Contains(t, s.log.String(), "X-Forwarded-For of a peer that is not in HTTP_TRUSTED_PROXIES is ignored")
}

func TestLogContainsNoSecrets(t *testing.T) {
	s := start(t, "LOG_LEVEL=debug")
	c := &client{t: t, service: s}
	const id = "the-request"
	c.call(http.StatusNotFound, http.MethodGet, "/nowhere?token=hunter2", nil, "X-Request-ID", id, "Authorization", "Bearer swordfish")
	_, a := register(t, s)
	a.Password = "a wrong password"
	c.call(http.StatusUnauthorized, http.MethodPost, "/api/v1/auth/login", a)
	require.NoError(t, s.stop())

	require.Equal(t, "/nowhere", s.log.byRequest("request")[id]["path"])
	for _, secret := range []string{"hunter2", "swordfish", a.Password} {
		require.NotContains(t, s.log.String(), secret)
	}
	require.Contains(t, s.log.String(), `"msg":"stopped"`)
}
