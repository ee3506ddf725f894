// Package e2e_test runs the whole service and calls it over HTTP. It uses the
// real servers that the environment names. Without them, it stores data in this
// process.
package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"example.com/shop-api/internal/app"
	"example.com/shop-api/internal/config"
	"example.com/shop-api/internal/correlation"
	"example.com/shop-api/pkg/logger"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// service is a running service whose responses are validated against the spec.
type service struct {
	cfg      config.Config
	url      string
	admin    string
	contract *contract
	log      *journal

	// stop stops the service and returns the result of its shutdown.
	stop func() error
}

// start runs a service until the end of the test. Its rate limits are high,
// because all requests come from one client.
func start(t *testing.T, environ ...string) *service {
	t.Helper()
	environ = append([]string{
		"HTTP_ADDR=127.0.0.1:0",
		"ADMIN_ADDR=127.0.0.1:0",
		"RATE_LIMIT_REQUESTS=1000000",
		"DATABASE_URL=" + newSchema(t),
		"REDIS_URL=" + redisURL(t),
		"AUTH_RATE_LIMIT_REQUESTS=1000000",
		"AUTH_ACCOUNT_LIMIT_REQUESTS=2000000",
	}, environ...)
	cfg, err := config.Load(environ)
	require.NoError(t, err)

	journal := &journal{}
	ctx, cancel := context.WithCancel(t.Context())
	a, err := app.New(ctx, cfg, "test", logger.New(journal, logger.Config{
		Level:   cfg.Log.Level,
		Context: correlation.Attrs,
		Secrets: config.Secrets(environ),
	}))
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	stop := sync.OnceValue(func() error {
		cancel()
		return <-ended
	})

	transport := &http.Transport{}
	t.Cleanup(func() {
		require.NoError(t, stop())
		transport.CloseIdleConnections()
	})
	return &service{
		cfg:      cfg,
		url:      "http://" + a.Addr(),
		admin:    "http://" + a.AdminAddr(),
		contract: newContract(t, transport),
		log:      journal,
		stop:     stop,
	}
}

// client is a client of the service.
type client struct {
	t       testing.TB
	service *service
	token   string
}

// in returns a copy of the client for a subtest.
func (c *client) in(t *testing.T) *client {
	inner := *c
	inner.t = t
	return &inner
}

// response is a response to a client.
// mergePatch is the media type of a JSON merge patch.
const mergePatch = "application/merge-patch+json"

type response struct {
	header http.Header
	text   string

	// body is the JSON object in the text, if there is one.
	body map[string]any
}

// call sends a request and requires a response with the given status. The
// headers are pairs of names and values.
func (c *client) call(status int, method, path string, body any, headers ...string) response {
	c.t.Helper()
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		require.NoError(c.t, err)
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.service.url+path, content)
	require.NoError(c.t, err)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	for pair := range slices.Chunk(headers, 2) {
		request.Header.Set(pair[0], pair[1])
	}

	received, err := c.service.contract.RoundTrip(request)
	require.NoError(c.t, err)
	defer received.Body.Close()
	text, err := io.ReadAll(received.Body)
	require.NoError(c.t, err)
	require.Equal(c.t, status, received.StatusCode, "%s %s: %s", method, path, text)

	result := response{header: received.Header, text: string(text)}
	if bytes.HasPrefix(text, []byte("{")) {
		require.NoError(c.t, json.Unmarshal(text, &result.body))
	}
	return result
}

func TestServiceConformsToSpec(t *testing.T) {
	s := start(t)
	t.Run("service", func(t *testing.T) { checkService(t, s) })
	t.Run("accounts", func(t *testing.T) { checkAccounts(t, s) })
	t.Run("customers", func(t *testing.T) { exerciseCustomers(t, s) })
	t.Run("orders", func(t *testing.T) { exerciseOrders(t, s) })
	s.contract.requireEveryOperation()
	s.requireLogged(t)
	s.requireCounted(t)
	require.NoError(t, s.stop())
	s.requireAudited(t)
}

func checkService(t *testing.T, s *service) {
	c := &client{t: t, service: s}
	require.Equal(t, "ok", c.call(http.StatusOK, http.MethodGet, "/livez", nil).body["status"])
	require.Equal(t, "ok", c.call(http.StatusOK, http.MethodGet, "/readyz", nil).body["status"])
	require.Contains(t, c.call(http.StatusOK, http.MethodGet, "/openapi.yaml", nil).text, "openapi: 3.1.0")
	require.Contains(t, c.call(http.StatusOK, http.MethodGet, "/docs", nil).text, "<html")

	lost := c.call(http.StatusNotFound, http.MethodGet, "/nowhere", nil)
	require.Equal(t, "application/problem+json", lost.header.Get("Content-Type"))
	require.NotEmpty(t, lost.body["request_id"])

	refused := c.call(http.StatusMethodNotAllowed, http.MethodPost, "/livez", nil)
	require.Contains(t, refused.header.Get("Allow"), http.MethodGet)
}
