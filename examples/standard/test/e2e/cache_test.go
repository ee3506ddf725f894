package e2e_test

import (
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	redis "github.com/alicebob/miniredis/v2/server"
	"github.com/stretchr/testify/require"
)

// redisURL returns the URL of the configured Redis. If there is none, it is that
// of one in this process.
func redisURL(t *testing.T) string {
	t.Helper()
	if address := os.Getenv("REDIS_URL"); address != "" {
		return address
	}
	return "redis://" + miniredis.RunT(t).Addr()
}

// cachedItem returns the place of an item that is cached in a server, and the
// key.
func cachedItem(t *testing.T, c *client, server *miniredis.Miniredis) (place, key string) {
	t.Helper()
	place = c.call(http.StatusCreated, http.MethodPost, "/api/v1/customers", customerBody(c, 1)).header.Get("Location")
	c.call(http.StatusOK, http.MethodGet, place, nil)
	for _, key := range server.Keys() {
		if strings.HasSuffix(key, place[strings.LastIndexByte(place, '/')+1:]) {
			return place, key
		}
	}
	t.Fatalf("%s is not cached", place)
	return "", ""
}

func TestItemsAreCachedForTheConfiguredTime(t *testing.T) {
	server := miniredis.RunT(t)
	s := start(t, "REDIS_URL=redis://"+server.Addr(), "CACHE_TTL=10m", "CACHE_TIMEOUT=1s")

	_, key := cachedItem(t, signIn(t, s), server)

	require.LessOrEqual(t, server.TTL(key), 11*time.Minute)
	require.GreaterOrEqual(t, server.TTL(key), 9*time.Minute)
	require.NoError(t, s.stop())
	require.Eventually(t, func() bool { return server.CurrentConnectionCount() == 0 }, 5*time.Second, 10*time.Millisecond)
}

// An item that is deleted during an outage of Redis does not appear again, on
// this replica or on another one.
func TestDeletedItemsDoNotReturnAfterAnOutage(t *testing.T) {
	server := miniredis.RunT(t)
	s := start(t, "REDIS_URL=redis://"+server.Addr(), "CACHE_TIMEOUT=1s")
	c := signIn(t, s)
	place, key := cachedItem(t, c, server)

	server.SetError("LOADING")
	c.call(http.StatusNoContent, http.MethodDelete, place, nil)
	server.SetError("")

	c.call(http.StatusNotFound, http.MethodGet, place, nil)
	require.Eventually(t, func() bool { return !server.Exists(key) }, 5*time.Second, 10*time.Millisecond)
	c.call(http.StatusNotFound, http.MethodGet, place, nil)
}

// Redis stops to respond between two requests.
func TestReadsDoNotWaitForRedis(t *testing.T) {
	server := miniredis.RunT(t)
	s := start(t, "REDIS_URL=redis://"+server.Addr(), "CACHE_TIMEOUT=500ms")
	c := signIn(t, s)
	place, _ := cachedItem(t, c, server)
	for range 20 {
		c.call(http.StatusOK, http.MethodGet, "/openapi.yaml", nil) // the limiter needs no Redis for the next ones
	}
	hangs := make(chan struct{})
	defer close(hangs)
	server.Server().SetPreHook(func(*redis.Peer, string, ...string) bool {
		<-hangs
		return true
	})
	started := time.Now()

	c.call(http.StatusOK, http.MethodGet, place, nil)

	require.Less(t, time.Since(started), 3*time.Second)
}

func TestRedisThatHangsDelaysRequestsOnce(t *testing.T) {
	s := start(t, "REDIS_URL=redis://"+silent(t), "CACHE_TIMEOUT=50ms")
	c := &client{t: t, service: s}
	started := time.Now()

	for range 10 {
		c.call(http.StatusOK, http.MethodGet, "/openapi.yaml", nil)
	}

	require.Less(t, time.Since(started), 2*time.Second)
	require.Equal(t, "degraded", c.call(http.StatusOK, http.MethodGet, "/readyz", nil).body["status"])
}

func TestReplicasShareTheLimit(t *testing.T) {
	redis, address := "REDIS_URL="+redisURL(t), someAddress()
	get, other := limited(t, redis), limited(t, redis)
	for range 3 {
		get(http.StatusOK, "/openapi.yaml", address)
	}

	other(http.StatusTooManyRequests, "/openapi.yaml", address)
}

func TestClientsAreLimitedWithoutRedis(t *testing.T) {
	get, address := limited(t, "REDIS_URL=redis://127.0.0.1:1"), someAddress()
	for range 3 {
		get(http.StatusOK, "/openapi.yaml", address)
	}

	get(http.StatusTooManyRequests, "/openapi.yaml", address)
}

// silent returns the address of a server that accepts connections and never
// answers.
func silent(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().String()
}
