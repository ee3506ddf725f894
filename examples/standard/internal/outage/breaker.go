// Package outage keeps a server that is down from delaying every request.
package outage

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"
)

// Pause is how long a server is not used after a failure. After it, one caller
// tries again while the others continue to do without the server.
const Pause = time.Second

// Breaker decides whether an optional server is used. All users of the server
// share one Breaker, so that an outage costs one of them a time-out per Pause.
type Breaker struct {
	server string
	log    *slog.Logger

	// pausedUntil is a Unix time in nanoseconds, or 0 while the server is
	// available.
	pausedUntil atomic.Int64
}

// New returns a Breaker for a server, which is named in the log.
func New(server string, log *slog.Logger) *Breaker {
	return &Breaker{server: server, log: log}
}

// Ready reports whether the caller may use the server. A caller that does has to
// report the result.
func (b *Breaker) Ready() bool {
	until := b.pausedUntil.Load()
	if until == 0 {
		return true
	}
	now := time.Now()
	// The caller that ends the pause begins the next one, so that only one caller
	// waits for a server that does not respond.
	return now.UnixNano() >= until && b.pausedUntil.CompareAndSwap(until, now.Add(Pause).UnixNano())
}

// Report records the result of using the server, and reports whether the server
// responded. The cancellation of ctx, the context of the caller, says nothing
// about the server.
func (b *Breaker) Report(ctx context.Context, err error) bool {
	if err == nil {
		if b.pausedUntil.Load() != 0 && b.pausedUntil.Swap(0) != 0 {
			b.log.InfoContext(ctx, "server is available again", "server", b.server)
		}
		return true
	}
	if ctx.Err() != nil || errors.Is(err, context.Canceled) {
		return false
	}
	if b.pausedUntil.Swap(time.Now().Add(Pause).UnixNano()) == 0 {
		b.log.WarnContext(ctx, "server is unavailable, the service continues without it", "server", b.server, "error", err)
	}
	return false
}
