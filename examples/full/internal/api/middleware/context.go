package middleware

import (
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"example.com/market-api/internal/reqctx"
)

// requestIDHeader is the header with the request ID, which is also logged.
const requestIDHeader = "X-Request-ID"

// requestID matches the request IDs that are accepted from clients. It is
// restrictive, because the IDs are logged.
var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)

// Context adds a reqctx.Info to the context of each request. It determines the
// address of the client behind trusted proxies.
func Context(trustedProxies []netip.Prefix) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id := r.Header.Get(requestIDHeader)
			if !requestID.MatchString(id) {
				id = uuid.NewString()
			}
			w.Header().Set(requestIDHeader, id)

			info := &reqctx.Info{ID: id, ClientIP: clientIP(r, trustedProxies)}
			next.ServeHTTP(w, r.WithContext(reqctx.With(r.Context(), info)))
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
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
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
