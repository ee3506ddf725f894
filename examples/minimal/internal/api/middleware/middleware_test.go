package middleware_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"example.com/hello-api/internal/api/middleware"
	"example.com/hello-api/internal/api/problem"
	"example.com/hello-api/internal/api/record"
	"example.com/hello-api/internal/correlation"
	"example.com/hello-api/internal/health"
	"example.com/hello-api/internal/ratelimit"
)

// ok is the innermost handler of the chains.
var ok = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, "ok")
})

// serve sends a request through a middleware chain.
func serve(handler http.Handler, r *http.Request, chain ...middleware.Middleware) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	middleware.Chain(handler, chain...).ServeHTTP(w, r)
	return w
}

func get(path string) *http.Request { return httptest.NewRequest(http.MethodGet, path, nil) }

// requireProblem requires a problem response with the given status.
func requireProblem(t *testing.T, status int, w *httptest.ResponseRecorder) {
	t.Helper()
	require.Equal(t, status, w.Code)
	require.Equal(t, problem.ContentType, w.Header().Get("Content-Type"))
}

// logged parses a JSON log.
func logged(t *testing.T, log *bytes.Buffer) []map[string]any {
	t.Helper()
	lines := []map[string]any{}
	decoder := json.NewDecoder(log)
	for decoder.More() {
		var line map[string]any
		require.NoError(t, decoder.Decode(&line))
		lines = append(lines, line)
	}
	return lines
}

func newLog(to io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(to, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func TestChainOrder(t *testing.T) {
	var order []string
	note := func(name string) middleware.Middleware {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				order = append(order, name)
				next.ServeHTTP(w, r)
			})
		}
	}
	serve(ok, get("/"), note("a"), note("b"), note("c"))

	require.Equal(t, []string{"a", "b", "c"}, order)
}

func TestContextAcceptsValidRequestIDs(t *testing.T) {
	for _, id := range []string{"a", "A-z_0.9", strings.Repeat("x", 128)} {
		r := get("/")
		r.Header.Set("X-Request-ID", id)
		var known string
		w := serve(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { known = correlation.RequestID(r.Context()) }), r, middleware.Context(nil))

		require.Equal(t, id, w.Header().Get("X-Request-ID"))
		require.Equal(t, id, known)
	}
	for _, id := range []string{"", "a b", "a\nb", "ä", "a;b", strings.Repeat("x", 129)} {
		r := get("/")
		r.Header.Set("X-Request-ID", id)
		w := serve(ok, r, middleware.Context(nil))

		require.NotEqual(t, id, w.Header().Get("X-Request-ID"))
		require.Regexp(t, `^[A-Za-z0-9._-]{1,128}$`, w.Header().Get("X-Request-ID"))
	}
}

func TestContextDeterminesClientIP(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	tests := []struct {
		name      string
		peer      string
		forwarded []string
		client    string
	}{
		{"no proxy", "192.0.2.1:1234", nil, "192.0.2.1"},
		{"an untrusted peer", "192.0.2.1:1234", []string{"198.51.100.7"}, "192.0.2.1"},
		{"a proxy", "10.0.0.1:1234", []string{"198.51.100.7"}, "198.51.100.7"},
		{"a proxy without header", "10.0.0.1:1234", nil, "10.0.0.1"},
		{"a client that forges addresses", "10.0.0.1:1234", []string{"1.1.1.1, 198.51.100.7"}, "198.51.100.7"},
		{"two proxies", "10.0.0.1:1234", []string{"198.51.100.7, 10.0.0.2"}, "198.51.100.7"},
		{"two headers", "10.0.0.1:1234", []string{"1.1.1.1", "198.51.100.7,10.0.0.2"}, "198.51.100.7"},
		{"only proxies", "10.0.0.1:1234", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"rubbish", "10.0.0.1:1234", []string{"198.51.100.7, rubbish"}, "10.0.0.1"},
		{"an address with a port", "10.0.0.1:1234", []string{"198.51.100.7:80"}, "198.51.100.7"},
		{"IPv6", "[fd00::1]:1234", []string{"[2001:db8::7]:80"}, "2001:db8::7"},
		{"IPv6 in brackets", "[fd00::1]:1234", []string{"[2001:db8::7]"}, "2001:db8::7"},
		{"IPv4 in IPv6", "[::ffff:10.0.0.1]:1234", []string{"::ffff:198.51.100.7"}, "198.51.100.7"},
		{"no address", "@", []string{"198.51.100.7"}, "@"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := get("/")
			r.RemoteAddr = test.peer
			r.Header["X-Forwarded-For"] = test.forwarded
			var client string
			serve(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { client = middleware.ClientIP(r.Context()) }), r, middleware.Context(trusted))

			require.Equal(t, test.client, client)
		})
	}
}

func TestAccessLogWritesOneLine(t *testing.T) {
	var log bytes.Buffer
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		record.Of(w).Route = "/orders/{id}"
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "short and stout")
	})
	serve(handler, get("/orders/7?token=secret"), middleware.Context(nil), middleware.AccessLog(newLog(&log)))

	require.NotContains(t, log.String(), "secret")
	lines := logged(t, &log)
	require.Len(t, lines, 1)
	require.Subset(t, lines[0], map[string]any{
		"level":     "INFO",
		"msg":       "request",
		"method":    "GET",
		"route":     "/orders/{id}",
		"path":      "/orders/7",
		"status":    float64(http.StatusTeapot),
		"bytes":     float64(len("short and stout")),
		"client_ip": "192.0.2.1",
	})
	require.Contains(t, lines[0], "duration_ms")
	require.NotContains(t, lines[0], "error")
}

func TestAccessLogContainsError(t *testing.T) {
	var log bytes.Buffer
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { problem.Write(w, r, errors.New("disk full")) })
	serve(handler, get("/"), middleware.Context(nil), middleware.AccessLog(newLog(&log)))

	line := logged(t, &log)[0]
	require.Equal(t, "ERROR", line["level"])
	require.Equal(t, "disk full", line["error"])
}

func TestAccessLogOmitsProbes(t *testing.T) {
	stopping := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	var log bytes.Buffer
	serve(ok, get("/livez"), middleware.Context(nil), middleware.AccessLog(newLog(&log)))
	serve(ok, get("/readyz"), middleware.Context(nil), middleware.AccessLog(newLog(&log)))
	serve(stopping, get("/readyz"), middleware.Context(nil), middleware.AccessLog(newLog(&log)))

	lines := logged(t, &log)
	require.Len(t, lines, 3)
	for _, line := range lines {
		require.Equal(t, "DEBUG", line["level"])
	}
}

func TestRecoverRespondsToPanic(t *testing.T) {
	var log bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, value := range []any{"a bug", errors.New("a bug"), http.ErrNotSupported} {
		log.Reset()
		handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(value) })
		w := serve(handler, get("/").WithContext(ctx), middleware.Context(nil), middleware.AccessLog(newLog(&log)), middleware.Recover(newLog(&log)))

		requireProblem(t, http.StatusInternalServerError, w)
		require.NotContains(t, w.Body.String(), "bug")
		lines := logged(t, &log)
		require.Len(t, lines, 2)
		require.Equal(t, "a handler panicked", lines[0]["msg"])
		require.Contains(t, lines[0]["stack"], "middleware_test.go")
		require.EqualValues(t, http.StatusInternalServerError, lines[1]["status"])
	}
}

func TestRecoverAbortsStartedResponse(t *testing.T) {
	var log bytes.Buffer
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		panic("a bug")
	})
	require.PanicsWithValue(t, http.ErrAbortHandler, func() {
		serve(handler, get("/"), middleware.Context(nil), middleware.AccessLog(newLog(&log)), middleware.Recover(newLog(&log)))
	})
	require.Contains(t, logged(t, &log)[1]["error"], "a bug")
}

func TestRecoverAllowsAbort(t *testing.T) {
	var log bytes.Buffer
	handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })

	require.PanicsWithValue(t, http.ErrAbortHandler, func() {
		serve(handler, get("/"), middleware.Recover(newLog(&log)))
	})
	require.Empty(t, log.String())
}

func TestRecoverSetsStatusOfEmptyResponse(t *testing.T) {
	var log bytes.Buffer
	handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	serve(handler, get("/"), middleware.Context(nil), middleware.AccessLog(newLog(&log)), middleware.Recover(newLog(&log)))

	require.EqualValues(t, http.StatusOK, logged(t, &log)[0]["status"])
}

func TestSecurityHeaders(t *testing.T) {
	w := serve(ok, get("/"), middleware.SecurityHeaders)
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	require.Equal(t, "default-src 'none'; frame-ancestors 'none'", w.Header().Get("Content-Security-Policy"))
	require.Equal(t, "no-referrer", w.Header().Get("Referrer-Policy"))
	require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
	require.Equal(t, "DENY", w.Header().Get("X-Frame-Options"))
	require.Empty(t, w.Header().Get("Strict-Transport-Security"))

	secure := get("/")
	secure.TLS = &tls.ConnectionState{}
	w = serve(ok, secure, middleware.SecurityHeaders)
	require.Equal(t, "max-age=31536000; includeSubDomains", w.Header().Get("Strict-Transport-Security"))
}

func TestCORS(t *testing.T) {
	preflight := func(origin string) *http.Request {
		r := httptest.NewRequest(http.MethodOptions, "/", nil)
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", http.MethodPut)
		r.Header.Set("Access-Control-Request-Headers", "content-type,if-match")
		return r
	}
	cors := middleware.CORS([]string{"https://shop.example"})

	w := serve(ok, preflight("https://shop.example"), cors)
	require.Equal(t, http.StatusNoContent, w.Code)
	require.Equal(t, "https://shop.example", w.Header().Get("Access-Control-Allow-Origin"))
	require.Equal(t, http.MethodPut, w.Header().Get("Access-Control-Allow-Methods"))
	require.Equal(t, "600", w.Header().Get("Access-Control-Max-Age"))
	require.Empty(t, w.Header().Get("Access-Control-Allow-Credentials"))

	w = serve(ok, preflight("https://evil.example"), cors)
	require.Empty(t, w.Header().Get("Access-Control-Allow-Origin"))

	call := get("/")
	call.Header.Set("Origin", "https://shop.example")
	w = serve(ok, call, cors)
	require.Equal(t, "https://shop.example", w.Header().Get("Access-Control-Allow-Origin"))
	require.Contains(t, w.Header().Get("Access-Control-Expose-Headers"), "Etag")

	w = serve(ok, call, middleware.CORS(nil))
	require.Empty(t, w.Header().Get("Access-Control-Allow-Origin"), "without origins, CORS must be disabled")
}

func TestDrainClosesConnections(t *testing.T) {
	checker := health.New()
	require.Empty(t, serve(ok, get("/"), middleware.Drain(checker)).Header().Get("Connection"))
	checker.Drain()
	require.Equal(t, "close", serve(ok, get("/"), middleware.Drain(checker)).Header().Get("Connection"))
}

func TestRateLimitSetsRetryAfter(t *testing.T) {
	limit := middleware.RateLimit(ratelimit.NewLocal(ratelimit.Rate{Requests: 1, Per: time.Minute}))
	from := func(peer string) *httptest.ResponseRecorder {
		r := get("/")
		r.RemoteAddr = peer
		r.Header.Set("X-Forwarded-For", "203.0.113."+peer[len(peer)-1:]) // must be ignored
		return serve(ok, r, middleware.Context(nil), limit)
	}

	first := from("192.0.2.1:1")
	require.Equal(t, http.StatusOK, first.Code)
	require.Equal(t, "1", first.Header().Get("RateLimit-Limit"))
	require.Equal(t, "0", first.Header().Get("RateLimit-Remaining"))
	require.Equal(t, "60", first.Header().Get("RateLimit-Reset"))

	second := from("192.0.2.1:2")
	requireProblem(t, http.StatusTooManyRequests, second)
	require.Equal(t, "60", second.Header().Get("Retry-After"))

	require.Equal(t, http.StatusOK, from("[2001:db8::1]:1").Code)
	require.Equal(t, http.StatusTooManyRequests, from("[2001:db8::2]:1").Code, "addresses of the same network must share a limit")
}

func TestRateLimitIgnoresProbes(t *testing.T) {
	limit := middleware.RateLimit(ratelimit.NewLocal(ratelimit.Rate{Requests: 1, Per: time.Minute}))
	for range 3 {
		require.Equal(t, http.StatusOK, serve(ok, get("/readyz"), middleware.Context(nil), limit).Code)
	}
}

func TestTimeoutCancelsContext(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		problem.Write(w, r, r.Context().Err())
	})
	requireProblem(t, http.StatusServiceUnavailable, serve(handler, get("/"), middleware.Timeout(time.Millisecond)))
}

func TestBodyLimit(t *testing.T) {
	var err error
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, err = io.ReadAll(r.Body) })

	serve(handler, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("12345")), middleware.BodyLimit(5))
	require.NoError(t, err)
	chunked := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("123456"))
	chunked.ContentLength = -1
	serve(handler, chunked, middleware.BodyLimit(5))
	require.ErrorAs(t, err, new(*http.MaxBytesError))

	err = nil
	refused := serve(handler, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("123456")), middleware.BodyLimit(5))
	requireProblem(t, http.StatusRequestEntityTooLarge, refused)
	require.NoError(t, err, "the body must not be read")
}

func TestMethodsHandlesHEAD(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"1"`)
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, r.Method)
	})
	w := serve(handler, httptest.NewRequest(http.MethodHead, "/", nil), middleware.Methods)

	require.Equal(t, http.StatusAccepted, w.Code)
	require.Equal(t, `"1"`, w.Header().Get("ETag"))
	require.Equal(t, "3", w.Header().Get("Content-Length"))
	require.Empty(t, w.Body.String())
}

func TestMethodsHandlesHEADOfStream(t *testing.T) {
	err := errors.New("not called")
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { err = http.NewResponseController(w).Flush() })
	serve(handler, httptest.NewRequest(http.MethodHead, "/", nil), middleware.Methods)

	require.NoError(t, err)
}

func TestMethodsHandlesOPTIONSOfServer(t *testing.T) {
	require.Equal(t, http.StatusNoContent, serve(http.NotFoundHandler(), httptest.NewRequest(http.MethodOptions, "*", nil), middleware.Methods).Code)
}

func TestMethodNotAllowedListsMethods(t *testing.T) {
	w := httptest.NewRecorder()
	middleware.MethodNotAllowed(w, httptest.NewRequest(http.MethodPatch, "/", nil), "POST, GET")
	requireProblem(t, http.StatusMethodNotAllowed, w)
	require.Equal(t, "GET, HEAD, OPTIONS, POST", w.Header().Get("Allow"))

	w = httptest.NewRecorder()
	middleware.MethodNotAllowed(w, httptest.NewRequest(http.MethodOptions, "/", nil), "OPTIONS, PUT")
	require.Equal(t, http.StatusNoContent, w.Code)
	require.Equal(t, "OPTIONS, PUT", w.Header().Get("Allow"))
}

func TestResponsesCanBeFlushed(t *testing.T) {
	quiet := slog.New(slog.DiscardHandler)
	flushers := map[string]func(w http.ResponseWriter) error{
		"by assertion": func(w http.ResponseWriter) error {
			flusher, ok := w.(http.Flusher)
			if !ok {
				return http.ErrNotSupported
			}
			flusher.Flush()
			return nil
		},
		"by controller": func(w http.ResponseWriter) error { return http.NewResponseController(w).Flush() },
	}
	for name, flush := range flushers {
		err := errors.New("not called")
		handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { err = flush(w) })
		w := serve(handler, get("/"), middleware.Context(nil), middleware.AccessLog(quiet), middleware.Recover(quiet))

		require.NoError(t, err, name)
		require.True(t, w.Flushed, name)
	}
}
