// Package httpclient provides HTTP clients for calls to other services. They
// limit the time and the size of each call, and repeat it if that is safe.
package httpclient

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"
)

// ErrTooLarge is returned by the body of a response that is larger than
// Config.MaxResponseBytes.
var ErrTooLarge = errors.New("the response is too large")

const (
	// idleTimeout is how long an idle connection is kept. It is shorter than
	// the usual time of servers and load balancers, so that a request is not
	// sent on a connection that they are closing.
	idleTimeout = 30 * time.Second

	// pingAfter is how long an HTTP/2 connection may be silent before it is
	// tested. Otherwise requests would fail on a dead one for minutes.
	pingAfter = 10 * time.Second

	maxHeaderBytes = 64 << 10

	// maxDrained limits what is read of a response that is not used. Without
	// the rest, the connection cannot be used again.
	maxDrained = 64 << 10
)

// Config configures a client. A field that is zero has the default in New.
type Config struct {
	// UserAgent identifies this service, unless a request has a User-Agent.
	UserAgent string

	// Timeout limits a call as a whole: all attempts, the time between them,
	// and reading the response.
	Timeout time.Duration

	// ConnectTimeout limits opening a connection, and also its TLS handshake.
	// HeaderTimeout limits the time from the end of a request to the header of
	// the response.
	ConnectTimeout time.Duration
	HeaderTimeout  time.Duration

	// Attempts is how often a request is sent at most. It is repeated after a
	// failed connection and the statuses 429, 502, 503, and 504, if its body
	// can be read again, and if its method is idempotent or it has an
	// Idempotency-Key.
	Attempts int

	// Backoff is the longest time before the second attempt. It doubles for
	// each further attempt, up to MaxBackoff. The time is random, so that
	// clients do not repeat their requests at the same time.
	Backoff    time.Duration
	MaxBackoff time.Duration

	// MaxRetryAfter is the longest Retry-After to wait for. A response with a
	// longer one is not repeated.
	MaxRetryAfter time.Duration

	// MaxResponseBytes limits the body of a response after its decompression.
	MaxResponseBytes int64

	// MaxConns limits the connections to each host.
	MaxConns int

	// Wrap, if it is not nil, wraps the transport that makes each attempt, for
	// example to measure it.
	Wrap func(http.RoundTripper) http.RoundTripper
}

// New returns a client, which is safe for concurrent use. Call its
// CloseIdleConnections when it is no longer needed.
func New(cfg Config) *http.Client {
	cfg.ConnectTimeout = cmp.Or(cfg.ConnectTimeout, 2*time.Second)
	cfg.Attempts = cmp.Or(cfg.Attempts, 3)
	cfg.Backoff = cmp.Or(cfg.Backoff, 100*time.Millisecond)
	cfg.MaxBackoff = cmp.Or(cfg.MaxBackoff, 2*time.Second)
	cfg.MaxRetryAfter = cmp.Or(cfg.MaxRetryAfter, 5*time.Second)
	cfg.MaxResponseBytes = cmp.Or(cfg.MaxResponseBytes, 10<<20)
	cfg.MaxConns = cmp.Or(cfg.MaxConns, 100)
	base := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: cfg.ConnectTimeout}).DialContext,
		TLSHandshakeTimeout:    cfg.ConnectTimeout,
		ResponseHeaderTimeout:  cmp.Or(cfg.HeaderTimeout, 5*time.Second),
		MaxResponseHeaderBytes: maxHeaderBytes,
		MaxConnsPerHost:        cfg.MaxConns,
		MaxIdleConnsPerHost:    cfg.MaxConns,
		IdleConnTimeout:        idleTimeout,
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: cfg.ConnectTimeout},
	}
	t := &transport{Config: cfg, base: base, next: base}
	if cfg.Wrap != nil {
		t.next = cfg.Wrap(base)
	}
	return &http.Client{Transport: t, Timeout: cmp.Or(cfg.Timeout, 10*time.Second)}
}

// transport repeats requests, and limits the size of responses.
type transport struct {
	Config

	base *http.Transport
	next http.RoundTripper
}

// CloseIdleConnections is called by the method of http.Client.
func (t *transport) CloseIdleConnections() { t.base.CloseIdleConnections() }

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	for sent := 0; ; {
		attempt, err := t.attempt(r, sent)
		if err != nil {
			return nil, err
		}
		response, err := t.next.RoundTrip(attempt)
		sent++
		wait, again := t.wait(r, response, err, sent)
		if !again {
			return t.limit(response), err
		}
		if response != nil {
			// The connection can be used again only after the whole response.
			_, _ = io.CopyN(io.Discard, response.Body, maxDrained)
			_ = response.Body.Close()
		}
		select {
		case <-time.After(wait):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
}

// attempt returns a copy of a request that was already sent the given number of
// times.
func (t *transport) attempt(r *http.Request, sent int) (*http.Request, error) {
	attempt := r.Clone(r.Context())
	if _, given := r.Header["User-Agent"]; !given && t.UserAgent != "" {
		attempt.Header.Set("User-Agent", t.UserAgent)
	}
	if sent == 0 || r.GetBody == nil {
		return attempt, nil
	}
	body, err := r.GetBody()
	if err != nil {
		return nil, err
	}
	attempt.Body = body
	return attempt, nil
}

// wait returns the time before the next attempt, and false if there is none: the
// call would not be safe or useful, or it does not have that much time.
func (t *transport) wait(r *http.Request, response *http.Response, err error, sent int) (time.Duration, bool) {
	if sent >= t.Attempts || !isRepeatable(r) || !isTransient(r.Context(), response, err) {
		return 0, false
	}
	//nolint:gosec // The number does not need to be unpredictable.
	wait := rand.N(min(t.Backoff<<min(sent-1, 16), t.MaxBackoff) + 1)
	if response != nil {
		after := retryAfter(response.Header.Get("Retry-After"))
		if after > t.MaxRetryAfter {
			return 0, false
		}
		wait += after
	}
	deadline, limited := r.Context().Deadline()
	return wait, !limited || wait < time.Until(deadline)
}

// isRepeatable reports whether it is safe to send a request several times, and
// possible.
func isRepeatable(r *http.Request) bool {
	if r.Body != nil && r.Body != http.NoBody && r.GetBody == nil {
		return false
	}
	switch r.Method {
	case "", http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions:
		return true
	default:
		return r.Header.Get("Idempotency-Key") != ""
	}
}

// isTransient reports whether another attempt can have a better result.
func isTransient(ctx context.Context, response *http.Response, err error) bool {
	if err != nil {
		var untrusted *tls.CertificateVerificationError
		return ctx.Err() == nil && !errors.As(err, &untrusted)
	}
	switch response.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return false
	}
}

// retryAfter returns the time in a Retry-After header, which is a number of
// seconds or a date.
func retryAfter(value string) time.Duration {
	seconds, err := strconv.ParseUint(value, 10, 32)
	if err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(seconds) * time.Second //nolint:gosec // seconds has 32 bits
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return max(0, time.Until(date))
}

// limit limits the size of a response. A connection that was switched to another
// protocol is not a response.
func (t *transport) limit(response *http.Response) *http.Response {
	if response != nil && response.StatusCode != http.StatusSwitchingProtocols {
		response.Body = &limitedBody{ReadCloser: response.Body, left: t.MaxResponseBytes}
	}
	return response
}

// limitedBody fails with ErrTooLarge after a number of bytes.
type limitedBody struct {
	io.ReadCloser

	left int64
}

// Read implements io.Reader.
func (b *limitedBody) Read(data []byte) (int, error) {
	if b.left < 0 {
		return 0, ErrTooLarge
	}
	// One more byte shows that the body is too large.
	n, err := b.ReadCloser.Read(data[:min(int64(len(data)), b.left+1)])
	b.left -= int64(n)
	if b.left < 0 {
		return n - 1, ErrTooLarge
	}
	return n, err
}
