package httpclient_test

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"example.com/shop-api/pkg/httpclient"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// service is another service without a network. It returns its replies one after
// the other, and the last one again and again.
type service struct {
	replies []reply

	bodies    []string
	times     []time.Time
	responses []*body
}

// reply is a status, or an error if it is 0.
type reply struct {
	status     int
	retryAfter string
}

// body is the body of a response, and what happened to it.
type body struct {
	*strings.Reader

	closed bool
}

func (b *body) Close() error {
	b.closed = true
	return nil
}

// RoundTrip implements http.RoundTripper.
func (s *service) RoundTrip(r *http.Request) (*http.Response, error) {
	var sent []byte
	if r.Body != nil {
		sent, _ = io.ReadAll(r.Body)
		_ = r.Body.Close()
	}
	s.bodies = append(s.bodies, string(sent))
	s.times = append(s.times, time.Now())
	next := s.replies[min(len(s.times), len(s.replies))-1]
	if next.status == 0 {
		return nil, errors.New("connection refused")
	}
	received := &body{Reader: strings.NewReader("response")}
	s.responses = append(s.responses, received)
	header := http.Header{}
	if next.retryAfter != "" {
		header.Set("Retry-After", next.retryAfter)
	}
	return &http.Response{StatusCode: next.status, Header: header, Body: received, Request: r}, nil
}

// client returns a client that calls the service.
func (s *service) client(cfg httpclient.Config) *http.Client {
	cfg.Wrap = func(http.RoundTripper) http.RoundTripper { return s }
	return httpclient.New(cfg)
}

// waits returns the times between the attempts.
func (s *service) waits() []time.Duration {
	var waits []time.Duration
	for i := range s.times[1:] {
		waits = append(waits, s.times[i+1].Sub(s.times[i]))
	}
	return waits
}

// call sends a request, and returns the status and the body of the response.
func call(ctx context.Context, client *http.Client, method string, sent io.Reader, key string) (status int, received string, err error) {
	request, err := http.NewRequestWithContext(ctx, method, "http://billing.example.com/invoices", sent)
	if err != nil {
		return 0, "", err
	}
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

func TestTransientFailuresAreRetried(t *testing.T) {
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		for _, status := range []int{0, http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout} {
			synctest.Test(t, func(t *testing.T) {
				s := &service{replies: []reply{{status: status}, {status: status}, {status: http.StatusOK}}}

				got, received, err := call(t.Context(), s.client(httpclient.Config{}), method, strings.NewReader("request"), "")

				require.NoError(t, err, "%s %d", method, status)
				require.Equal(t, http.StatusOK, got)
				require.Equal(t, "response", received)
				require.Equal(t, []string{"request", "request", "request"}, s.bodies)
			})
		}
	}
}

func TestAttemptsAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{replies: []reply{{status: http.StatusServiceUnavailable}}}
		status, received, err := call(t.Context(), s.client(httpclient.Config{Attempts: 4}), http.MethodGet, nil, "")
		require.NoError(t, err)
		require.Equal(t, http.StatusServiceUnavailable, status)
		require.Equal(t, "response", received, "the caller reads the last response")
		require.Len(t, s.times, 4)

		s = &service{replies: []reply{{}}}
		_, _, err = call(t.Context(), s.client(httpclient.Config{Attempts: 1}), http.MethodGet, nil, "")
		require.ErrorContains(t, err, "connection refused")
		require.Len(t, s.times, 1)
	})
}

func TestOtherResponsesAreNotRetried(t *testing.T) {
	for _, status := range []int{http.StatusOK, http.StatusNotModified, http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusInternalServerError} {
		s := &service{replies: []reply{{status: status}}}
		got, _, err := call(t.Context(), s.client(httpclient.Config{}), http.MethodGet, nil, "")
		require.NoError(t, err)
		require.Equal(t, status, got)
		require.Len(t, s.times, 1)
	}
}

func TestRequestsAreRetriedOnlyIfThatIsSafe(t *testing.T) {
	tests := map[string]struct {
		method string
		body   io.Reader
		key    string
		bodies []string
	}{
		"without a key":                   {http.MethodPost, strings.NewReader("a"), "", []string{"a"}},
		"a patch":                         {http.MethodPatch, strings.NewReader("a"), "", []string{"a"}},
		"with a key":                      {http.MethodPost, strings.NewReader("a"), "k", []string{"a", "a"}},
		"with a key, and without a body":  {http.MethodPost, nil, "k", []string{"", ""}},
		"without a body":                  {http.MethodPut, http.NoBody, "", []string{"", ""}},
		"a body that can't be read again": {http.MethodPut, io.MultiReader(strings.NewReader("a")), "k", []string{"a"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &service{replies: []reply{{status: http.StatusBadGateway}, {status: http.StatusOK}}}
				_, _, err := call(t.Context(), s.client(httpclient.Config{}), test.method, test.body, test.key)
				require.NoError(t, err)
				require.Equal(t, test.bodies, s.bodies)
			})
		})
	}
}

func TestUntrustedServersAreNotRetried(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	var connections atomic.Int64
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.StartTLS()
	defer server.Close()
	client := httpclient.New(httpclient.Config{Backoff: time.Millisecond})

	_, err := client.Get(server.URL) //nolint:bodyclose // there is none

	require.ErrorContains(t, err, "certificate")
	require.EqualValues(t, 1, connections.Load())
}

func TestBackoffDoublesAndIsRandom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		longest := make([]time.Duration, 3)
		shortest := time.Hour
		for range 100 {
			s := &service{replies: []reply{{}}}
			_, _, err := call(t.Context(), s.client(httpclient.Config{Attempts: 4, Backoff: 100 * time.Millisecond, MaxBackoff: 300 * time.Millisecond}), http.MethodGet, nil, "")
			require.Error(t, err)
			for i, wait := range s.waits() {
				longest[i] = max(longest[i], wait)
				shortest = min(shortest, wait)
			}
		}
		for i, limit := range []time.Duration{100 * time.Millisecond, 200 * time.Millisecond, 300 * time.Millisecond} {
			require.LessOrEqual(t, longest[i], limit)
			require.Greater(t, longest[i], limit*3/4)
		}
		require.Less(t, shortest, 25*time.Millisecond)
	})
}

func TestRetryAfterIsHonored(t *testing.T) {
	date := func(wait time.Duration) string { return time.Now().Add(wait).UTC().Format(http.TimeFormat) }
	tests := map[string]struct {
		value func() string
		least time.Duration
	}{
		"seconds":    {func() string { return "3" }, 3 * time.Second},
		"a date":     {func() string { return date(4 * time.Second) }, 4 * time.Second},
		"a past":     {func() string { return date(-4 * time.Second) }, 0},
		"an unknown": {func() string { return "soon" }, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &service{replies: []reply{{status: http.StatusTooManyRequests, retryAfter: test.value()}, {status: http.StatusOK}}}
				status, _, err := call(t.Context(), s.client(httpclient.Config{Backoff: time.Millisecond}), http.MethodGet, nil, "")
				require.NoError(t, err)
				require.Equal(t, http.StatusOK, status)
				require.GreaterOrEqual(t, s.waits()[0], test.least)
				require.LessOrEqual(t, s.waits()[0], test.least+time.Millisecond)
			})
		})
	}
}

func TestLongRetryAfterIsNotWaitedFor(t *testing.T) {
	for _, value := range []string{"6", "99999999999", "Fri, 31 Dec 9999 23:59:59 GMT"} {
		s := &service{replies: []reply{{status: http.StatusServiceUnavailable, retryAfter: value}}}
		status, received, err := call(t.Context(), s.client(httpclient.Config{}), http.MethodGet, nil, "")
		require.NoError(t, err)
		require.Equal(t, http.StatusServiceUnavailable, status)
		require.Equal(t, "response", received)
		require.Len(t, s.times, 1, value)
	}
}

func TestCallEndsBeforeWaitBeyondDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		limits := map[string]struct {
			ctx context.Context
			cfg httpclient.Config
		}{
			"of the caller": {ctx, httpclient.Config{}},
			"of the client": {t.Context(), httpclient.Config{Timeout: time.Second}},
		}
		for name, limit := range limits {
			begun := time.Now()
			s := &service{replies: []reply{{status: http.StatusServiceUnavailable, retryAfter: "2"}}}
			status, received, err := call(limit.ctx, s.client(limit.cfg), http.MethodGet, nil, "")
			require.NoError(t, err, name)
			require.Equal(t, http.StatusServiceUnavailable, status)
			require.Equal(t, "response", received)
			require.Zero(t, time.Since(begun), name)
		}
	})
}

func TestWaitEndsWithCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, leave := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, leave)
		begun := time.Now()
		s := &service{replies: []reply{{status: http.StatusServiceUnavailable, retryAfter: "4"}}}

		_, _, err := call(ctx, s.client(httpclient.Config{}), http.MethodGet, nil, "")

		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, time.Second, time.Since(begun))
		require.Len(t, s.times, 1)
	})
}

func TestUnusedResponsesAreReadAndClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{replies: []reply{{status: http.StatusBadGateway}}}
		response, err := s.client(httpclient.Config{}).Get("http://billing.example.com")
		require.NoError(t, err)

		require.Len(t, s.responses, 3)
		for _, unused := range s.responses[:2] {
			require.Zero(t, unused.Len())
			require.True(t, unused.closed)
		}
		require.NotZero(t, s.responses[2].Len())
		require.False(t, s.responses[2].closed)
		require.NoError(t, response.Body.Close())
		require.True(t, s.responses[2].closed)
	})
}

// start starts a server and returns its URL and a client.
func start(t *testing.T, cfg httpclient.Config, handler http.HandlerFunc) (string, *http.Client) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client := httpclient.New(cfg)
	t.Cleanup(client.CloseIdleConnections)
	return server.URL, client
}

func TestLargeResponsesFail(t *testing.T) {
	url, client := start(t, httpclient.Config{MaxResponseBytes: 10}, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "0123456789"+r.URL.Query().Get("more"))
	})

	response, err := client.Get(url)
	require.NoError(t, err)
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, "0123456789", string(text))
	require.NoError(t, response.Body.Close())

	response, err = client.Get(url + "?more=a")
	require.NoError(t, err)
	for _, want := range []string{"0123456789", ""} {
		text, err = io.ReadAll(response.Body)
		require.ErrorIs(t, err, httpclient.ErrTooLarge)
		require.Equal(t, want, string(text))
	}
	require.NoError(t, response.Body.Close())
}

func TestSlowServersTimeOut(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer silent.Close()
	url, _ := start(t, httpclient.Config{}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			_ = http.NewResponseController(w).Flush()
		}
		<-r.Context().Done()
	})
	const short = 30 * time.Millisecond
	tests := map[string]struct {
		url string
		cfg httpclient.Config
	}{
		"the TLS handshake": {"https://" + silent.Addr().String(), httpclient.Config{ConnectTimeout: short}},
		"the header":        {url, httpclient.Config{HeaderTimeout: short}},
		"the body":          {url + "/body", httpclient.Config{Timeout: short}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.cfg.Attempts = 1
			client := httpclient.New(test.cfg)
			defer client.CloseIdleConnections()
			begun := time.Now()
			response, err := client.Get(test.url)
			if err == nil {
				_, err = io.ReadAll(response.Body)
				require.NoError(t, response.Body.Close())
			}
			var timeout net.Error
			require.ErrorAs(t, err, &timeout)
			require.True(t, timeout.Timeout())
			require.Less(t, time.Since(begun), 2*time.Second)
		})
	}
}

func TestConnectionsAreLimitedAndReused(t *testing.T) {
	var opened, closed atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(5 * time.Millisecond)
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write(make([]byte, 32<<10))
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			opened.Add(1)
		case http.StateClosed:
			closed.Add(1)
		default:
		}
	}
	server.Start()
	defer server.Close()
	client := httpclient.New(httpclient.Config{MaxConns: 3, Backoff: time.Millisecond})

	var calls sync.WaitGroup
	for range 10 {
		calls.Go(func() {
			response, err := client.Get(server.URL)
			if err == nil {
				_, _ = io.Copy(io.Discard, response.Body)
				_ = response.Body.Close()
			}
		})
	}
	calls.Wait()

	require.LessOrEqual(t, opened.Load(), int64(3))
	client.CloseIdleConnections()
	require.Eventually(t, func() bool { return closed.Load() == opened.Load() }, 2*time.Second, time.Millisecond)
}

func TestOnlyRequestIsSent(t *testing.T) {
	received := make(chan http.Header, 2)
	url, client := start(t, httpclient.Config{UserAgent: "shop/1.0"}, func(_ http.ResponseWriter, r *http.Request) {
		received <- r.Header
	})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)

	response, err := client.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.Header{"User-Agent": {"shop/1.0"}, "Accept-Encoding": {"gzip"}}, <-received)
	require.Empty(t, request.Header, "a transport must not change the request")

	request.Header.Set("User-Agent", "other/2.0")
	response, err = client.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, "other/2.0", (<-received).Get("User-Agent"))
}
