package middleware

import (
	"context"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"example.com/hello-api/internal/api/record"
	"example.com/hello-api/internal/correlation"
)

// requestIDHeader is the header with the request ID, which is also logged, in the
// form in which net/http stores it.
const requestIDHeader = "X-Request-Id"

// requestID matches the request IDs that are accepted from clients. It is
// restrictive, because the IDs are logged.
var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)

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
