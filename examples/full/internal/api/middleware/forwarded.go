package middleware

import (
	"net/http"
	"net/netip"
)

// forwardedFor is the header with the addresses of the client and of the proxies
// in between.
const forwardedFor = "X-Forwarded-For"

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
