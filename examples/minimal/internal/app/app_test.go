package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"example.com/hello-api/internal/config"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

var quiet = slog.New(slog.DiscardHandler)

// load returns the configuration of a service without external dependencies.
func load(t *testing.T, environ ...string) config.Config {
	t.Helper()
	cfg, err := config.Load(append([]string{"HTTP_ADDR=127.0.0.1:0", "ADMIN_ADDR=127.0.0.1:0"}, environ...))
	require.NoError(t, err)
	return cfg
}

// build returns a service that is not running yet.
func build(t *testing.T, environ ...string) *App {
	t.Helper()
	a, err := New(t.Context(), load(t, environ...), "test", quiet)
	require.NoError(t, err)
	return a
}

// run runs a service. The returned function stops it and returns the result of
// Run.
func run(t *testing.T, a *App) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	return sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
}

// start runs a service until it is stopped or the test ends.
func start(t *testing.T, environ ...string) (a *App, stop func() error) {
	t.Helper()
	a = build(t, environ...)
	stop = run(t, a)
	t.Cleanup(func() { require.NoError(t, stop()) })
	return a, stop
}

// newClient returns a client that opens a new connection for each request.
func newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
}

// get returns the status and the body of a response.
func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	response, err := newClient().Get(url)
	require.NoError(t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(content)
}

func TestServiceStartsWithoutDependencies(t *testing.T) {
	a, _ := start(t)

	status, _ := get(t, "http://"+a.Addr()+"/readyz")

	require.Equal(t, http.StatusOK, status)
}

func TestAdminListenerIsSeparate(t *testing.T) {
	a, _ := start(t)
	for _, path := range []string{"/debug/pprof/"} {
		status, body := get(t, "http://"+a.AdminAddr()+path)
		require.Equal(t, http.StatusOK, status, path)
		require.Contains(t, body, "goroutine")

		status, _ = get(t, "http://"+a.Addr()+path)
		require.Equal(t, http.StatusNotFound, status, path)
	}
	status, _ := get(t, "http://"+a.AdminAddr()+"/livez")
	require.Equal(t, http.StatusNotFound, status)
}

// Profiles disclose data of requests, so they are not for everyone in the
// network.
func TestProfilesAreOnLoopbackOnly(t *testing.T) {
	for environ, status := range map[string]int{
		"ADMIN_ADDR=127.0.0.1:0": http.StatusOK,
		"ADMIN_ADDR=localhost:0": http.StatusOK,
		"ADMIN_ADDR=:0":          http.StatusNotFound,
		"ADMIN_ADDR=0.0.0.0:0":   http.StatusNotFound,
	} {
		a := build(t, environ)
		require.Equal(t, status, profiles(a), environ)
		require.NoError(t, a.cleanups.run(t.Context()))
	}
	a := build(t, "ADMIN_ADDR=:0", "PPROF_ENABLED=true")
	require.Equal(t, http.StatusOK, profiles(a))
	require.NoError(t, a.cleanups.run(t.Context()))
}

// profiles returns the status of the list of profiles.
func profiles(a *App) int {
	response := httptest.NewRecorder()
	a.admin.Handler.ServeHTTP(response, httptest.NewRequest(http.MethodGet, "/debug/pprof/", nil))
	return response.Code
}

func TestAddressInUse(t *testing.T) {
	a, _ := start(t)
	for _, variable := range []string{"HTTP_ADDR=" + a.Addr(), "ADMIN_ADDR=" + a.AdminAddr()} {
		_, err := New(t.Context(), load(t, variable), "test", quiet)

		require.ErrorContains(t, err, "address already in use", variable)
	}
}

func TestShutdownDoesNotFailRequests(t *testing.T) {
	a, stop := start(t, "SHUTDOWN_DELAY=2s")
	// Like those behind a load balancer, the clients continue for a while.
	clients, leave := context.WithCancel(t.Context())
	defer leave()
	var running sync.WaitGroup
	results := make(chan error, 1<<16)
	for range 4 {
		running.Go(func() {
			client := newClient()
			for clients.Err() == nil {
				results <- request(client, "http://"+a.Addr()+"/livez")
			}
		})
	}

	time.Sleep(100 * time.Millisecond)
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	require.Eventually(t, func() bool {
		status, _ := get(t, "http://"+a.Addr()+"/readyz")
		return status == http.StatusServiceUnavailable
	}, time.Second, 10*time.Millisecond)
	time.Sleep(500 * time.Millisecond)
	leave()
	running.Wait()
	close(results)

	require.NoError(t, <-stopped)
	succeeded := 0
	for err := range results {
		require.NoError(t, err)
		succeeded++
	}
	require.Greater(t, succeeded, 10)
}

func request(client *http.Client, url string) error {
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	return nil
}

func TestShutdownClosesConnections(t *testing.T) {
	a, stop := start(t, "SHUTDOWN_DELAY=1s")
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	ask := func() (asksToClose bool) {
		response, err := client.Get("http://" + a.Addr() + "/livez")
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return response.Close
	}
	require.False(t, ask())

	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()

	require.Eventually(t, ask, 900*time.Millisecond, 10*time.Millisecond)
	require.NoError(t, <-stopped)
}

func TestShutdownCompletesRequests(t *testing.T) {
	a := build(t)
	begun := make(chan struct{})
	a.public.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		time.Sleep(200 * time.Millisecond)
		w.WriteHeader(http.StatusNoContent)
	})
	stop := run(t, a)
	go func() {
		<-begun
		_ = stop()
	}()

	status, _ := get(t, "http://"+a.Addr())

	require.Equal(t, http.StatusNoContent, status)
	require.NoError(t, stop())
}

func TestShutdownAbortsHangingRequests(t *testing.T) {
	a := build(t, "SHUTDOWN_TIMEOUT=100ms")
	begun, ended := make(chan struct{}), make(chan struct{})
	a.public.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
		close(ended)
	})
	stop := run(t, a)
	go func() { _ = request(newClient(), "http://"+a.Addr()) }()
	<-begun

	err := stop()

	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "public server")
	<-ended
}
