package middleware_test

import (
	"bytes"
	"net/http"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"example.com/hello-api/internal/api/middleware"
)

func forwarded(peer string) *http.Request {
	r := get("/")
	r.RemoteAddr = peer
	r.Header.Set("X-Forwarded-For", "198.51.100.7")
	return r
}

func TestForwardedReportsUnknownProxies(t *testing.T) {
	for _, test := range []struct {
		name            string
		trusted         []netip.Prefix
		request         *http.Request
		counted, warned int
	}{
		{"nothing configured", nil, forwarded("10.0.0.1:80"), 5, 2},
		{"another proxy configured", []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, forwarded("10.0.0.1:80"), 5, 2},
		{"no proxies", []netip.Prefix{}, forwarded("10.0.0.1:80"), 5, 0},
		{"the proxy", []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, forwarded("10.0.0.1:80"), 0, 0},
		{"not forwarded", nil, get("/"), 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				counted := 0
				handler := middleware.Chain(ok, middleware.Forwarded(test.trusted, newLog(&log), func() { counted++ }))
				for range 5 {
					handler.ServeHTTP(discard{}, test.request)
					time.Sleep(15 * time.Second)
				}

				require.Equal(t, test.counted, counted)
				require.Len(t, logged(t, &log), test.warned)
			})
		})
	}
}

// discard is a response that nobody reads.
type discard struct{}

func (discard) Header() http.Header { return http.Header{} }

func (discard) Write(data []byte) (int, error) { return len(data), nil }

func (discard) WriteHeader(int) {}
