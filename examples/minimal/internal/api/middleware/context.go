package middleware

import (
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"example.com/hello-api/internal/reqctx"
)

// requestIDHeader carries the id under which a request is logged.
const requestIDHeader = "X-Request-ID"

// requestID is what an id must look like to be taken over from the client: it
// ends up in logs.
var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)

// Context puts a reqctx.Info into the context of each request. The addresses
// of trusted proxies are looked through to find the client's.
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

// clientIP returns the address that the request comes from. Only a trusted
// proxy is believed about whom it speaks for: anybody can send the header, so
// it is read from its end, up to the first address that is not such a proxy.
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

// address reads an address that may have a port.
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
