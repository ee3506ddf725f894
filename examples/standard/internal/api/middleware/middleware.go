// Package middleware contains the middleware that handles requests before
// routing. It only depends on net/http.
package middleware

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"example.com/shop-api/internal/api/problem"
	"example.com/shop-api/internal/api/record"
	"example.com/shop-api/internal/correlation"
	"example.com/shop-api/internal/health"
)

const (
	// requestIDHeader is the header with the request ID, which is also logged, in the
	// form in which net/http stores it.
	requestIDHeader = "X-Request-Id"

	// forwardedFor is the header with the addresses of the client and of the proxies
	// in between.
	forwardedFor = "X-Forwarded-For"

	// forwardedPause is the time between the warnings of Forwarded.
	forwardedPause = time.Minute
)

// requestID matches the request IDs that are accepted from clients. It is
// restrictive, because the IDs are logged.
var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)

// Middleware wraps a handler.
type Middleware = func(next http.Handler) http.Handler

// Chain wraps a handler in middleware. The first one is the outermost.
func Chain(handler http.Handler, chain ...Middleware) http.Handler {
	for _, middleware := range slices.Backward(chain) {
		handler = middleware(handler)
	}
	return handler
}

// isProbe reports whether a request is a health check of an orchestrator. These
// are not rate limited, and are only logged at debug level.
func isProbe(r *http.Request) bool {
	return r.URL.Path == "/livez" || r.URL.Path == "/readyz"
}

// Context adds the request ID and the address of the client to the context of
// each request, and records the response.
func Context(trustedProxies []netip.Prefix) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id := r.Header.Get(requestIDHeader)
			if !requestID.MatchString(id) {
				id = uuid.NewString()
			}
			w.Header().Set(requestIDHeader, id)

			ctx := correlation.WithRequestID(r.Context(), id)
			from := client{
				ip:     clientIP(r, trustedProxies),
				shared: trustedProxies == nil && isForwarded(r) && isInternal(r),
			}
			ctx = context.WithValue(ctx, clientKey{}, from)
			next.ServeHTTP(record.New(w), r.WithContext(ctx))
		})
	}
}

type clientKey struct{}

// client describes who sent a request.
type client struct {
	ip string

	// shared means that the address is that of a proxy that the service does not
	// know, so that many clients have it.
	shared bool
}

// ClientIP returns the address of the client. It is taken from X-Forwarded-For
// only behind trusted proxies.
func ClientIP(ctx context.Context) string {
	from, _ := ctx.Value(clientKey{}).(client)
	return from.ip
}

// sharesAddress reports whether many clients probably have the address that
// ClientIP returns.
func sharesAddress(ctx context.Context) bool {
	from, _ := ctx.Value(clientKey{}).(client)
	return from.shared
}

// clientIP returns the address of the client. Clients can forge
// X-Forwarded-For, so it is evaluated from right to left and only as long as
// the sender is a trusted proxy.
func clientIP(r *http.Request, trusted []netip.Prefix) string {
	peer, ok := address(r.RemoteAddr)
	if !ok {
		return r.RemoteAddr
	}
	hops := strings.Split(strings.Join(r.Header.Values(forwardedFor), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !contains(trusted, peer) {
			break
		}
		previous, ok := address(strings.TrimSpace(hop))
		if !ok {
			break
		}
		peer = previous
	}
	return peer.String()
}

// Forwarded counts and reports requests that a peer which is not trusted has
// forwarded. Either it is a proxy that is missing in the configuration, or a
// client that forges its address. If it was configured that there are no
// proxies, such requests are only counted.
func Forwarded(trustedProxies []netip.Prefix, log *slog.Logger, count func()) Middleware {
	expected := trustedProxies != nil && len(trustedProxies) == 0
	return func(next http.Handler) http.Handler {
		var reported atomic.Int64 // in Unix nanoseconds
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if isForwarded(r) && !isTrusted(r, trustedProxies) {
				count()
				now, last := time.Now().UnixNano(), reported.Load()
				if !expected && now-last >= int64(forwardedPause) && reported.CompareAndSwap(last, now) {
					log.WarnContext(r.Context(), "X-Forwarded-For of a peer that is not in HTTP_TRUSTED_PROXIES is ignored", "peer", r.RemoteAddr)
				}
			}
			next.ServeHTTP(w, r)
		})
	}
}

func isForwarded(r *http.Request) bool { return r.Header.Get(forwardedFor) != "" }

// isTrusted reports whether the peer is a trusted proxy.
func isTrusted(r *http.Request, trustedProxies []netip.Prefix) bool {
	peer, ok := address(r.RemoteAddr)
	return ok && contains(trustedProxies, peer)
}

// isInternal reports whether the peer is in a private network or on this
// machine, as the proxies of a service usually are.
func isInternal(r *http.Request) bool {
	peer, ok := address(r.RemoteAddr)
	return ok && (peer.IsPrivate() || peer.IsLoopback() || peer.IsLinkLocalUnicast())
}

// address parses an address with an optional port.
func address(text string) (netip.Addr, bool) {
	if withPort, err := netip.ParseAddrPort(text); err == nil {
		return withPort.Addr().Unmap(), true
	}
	addr, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return addr.Unmap(), err == nil
}

func contains(networks []netip.Prefix, addr netip.Addr) bool {
	return slices.ContainsFunc(networks, func(network netip.Prefix) bool { return network.Contains(addr) })
}

// errPanic is the cause of the error of a request whose handler panicked.
var errPanic = errors.New("panic")

// Recover recovers from panics in handlers, logs them and responds with status
// 500.
func Recover(log *slog.Logger) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			response := record.Of(w)
			defer func() {
				value := recover()
				if value == nil {
					return
				}
				if value == http.ErrAbortHandler { //nolint:errorlint // net/http compares it in the same way
					panic(value)
				}

				err := fmt.Errorf("%w: %v", errPanic, value)
				log.ErrorContext(r.Context(), "a handler panicked", "error", err, "stack", string(debug.Stack()))
				if response.Status != 0 {
					// An incomplete response must not look complete.
					response.Err = err
					panic(http.ErrAbortHandler)
				}
				// A panic is always a fault of the service, even if the context
				// is done.
				problem.Write(w, r.WithContext(context.WithoutCancel(r.Context())), err)
			}()
			next.ServeHTTP(w, r)
			if response.Status == 0 {
				// Like net/http, but in a way that the outer middleware can
				// see.
				w.WriteHeader(http.StatusOK)
			}
		})
	}
}

// Drain closes connections after the response once the service is about to
// stop, so that clients reconnect to another replica.
func Drain(checker *health.Checker) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if checker.Draining() {
				w.Header().Set("Connection", "close")
			}
			next.ServeHTTP(w, r)
		})
	}
}

// Methods handles HEAD requests, by discarding the body of the GET response,
// and OPTIONS * requests.
func Methods(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodHead:
			get := r.WithContext(r.Context())
			get.Method = http.MethodGet
			response := &headResponse{ResponseWriter: w, status: http.StatusOK}
			next.ServeHTTP(response, get)
			response.finish()
		case r.Method == http.MethodOptions && r.RequestURI == "*":
			w.WriteHeader(http.StatusNoContent)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// headResponse counts the bytes of the body and discards them.
type headResponse struct {
	http.ResponseWriter

	status int
	length int
}

func (r *headResponse) WriteHeader(status int) { r.status = status }

func (r *headResponse) Write(data []byte) (int, error) {
	r.length += len(data)
	return len(data), nil
}

// Flush implements http.Flusher. It does nothing, because the headers are sent
// at the end.
func (r *headResponse) Flush() {}

func (r *headResponse) finish() {
	if r.length > 0 {
		r.Header().Set("Content-Length", strconv.Itoa(r.length))
	}
	r.ResponseWriter.WriteHeader(r.status)
}

// MethodNotAllowed responds to a request whose method the path does not
// support, or to an OPTIONS request. Allow lists the methods that the router
// knows. OPTIONS is always supported, and HEAD wherever GET is.
func MethodNotAllowed(w http.ResponseWriter, r *http.Request, allow string) {
	methods := append(strings.Split(allow, ", "), http.MethodOptions)
	if slices.Contains(methods, http.MethodGet) {
		methods = append(methods, http.MethodHead)
	}
	slices.Sort(methods)
	w.Header().Set("Allow", strings.Join(slices.Compact(methods), ", "))

	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	problem.Write(w, r, problem.New(http.StatusMethodNotAllowed, "the path does not support this method"))
}
