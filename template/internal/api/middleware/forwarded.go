package middleware

import (
	"log/slog"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"
)

// forwardedFor is the header with the addresses of the client and of the proxies
// in between.
const forwardedFor = "X-Forwarded-For"

// forwardedPause is the time between warnings.
const forwardedPause = time.Minute

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
