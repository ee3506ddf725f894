package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"sync"
	"time"
)

const (
	// profileTimeout allows enough time for a CPU profile or a trace.
	profileTimeout = 2 * time.Minute

	// certificateAge is the minimum interval between checks for a new certificate.
	certificateAge = time.Second
)

// server is an http.Server with its listener.
type server struct {
	*http.Server

	listener net.Listener

	// abort cancels the contexts of the requests.
	abort context.CancelFunc
}

// listen opens the listener of a server. Clients can connect as soon as it
// returns.
func listen(ctx context.Context, httpServer *http.Server, log *slog.Logger) (*server, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", httpServer.Addr)
	if err != nil {
		return nil, fmt.Errorf("open a listener: %w", err)
	}
	requests, abort := context.WithCancel(context.WithoutCancel(ctx))
	httpServer.BaseContext = func(net.Listener) context.Context { return requests }
	httpServer.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelWarn)
	return &server{Server: httpServer, listener: listener, abort: abort}, nil
}

// serve handles requests until the server is stopped.
func (s *server) serve() error {
	var err error
	if s.TLSConfig == nil {
		err = s.Serve(s.listener)
	} else {
		err = s.ServeTLS(s.listener, "", "")
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve %s: %w", s.listener.Addr(), err)
}

// stop stops accepting requests and waits for those in flight. If ctx is done
// first, it aborts them.
func (s *server) stop(ctx context.Context) error {
	defer s.abort()
	err := s.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.Close())
	}
	// Shutdown does not close the listener of a server that never served.
	closeErr := s.listener.Close()
	if errors.Is(closeErr, net.ErrClosed) {
		closeErr = nil
	}
	return errors.Join(err, closeErr)
}

// openAdmin opens the listener for operators. It must not be reachable by
// clients.
func (a *App) openAdmin(ctx context.Context) error {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", a.metrics.Handler())
	if a.cfg.HTTP.PprofEnabled || isLoopback(a.cfg.HTTP.AdminAddr) {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}

	admin, err := listen(ctx, &http.Server{
		Addr:              a.cfg.HTTP.AdminAddr,
		Handler:           mux,
		ReadHeaderTimeout: a.cfg.HTTP.ReadHeaderTimeout,
		ReadTimeout:       a.cfg.HTTP.ReadTimeout,
		WriteTimeout:      profileTimeout,
		IdleTimeout:       a.cfg.HTTP.IdleTimeout,
		MaxHeaderBytes:    a.cfg.HTTP.MaxHeaderBytes,
	}, a.log)
	if err != nil {
		return err
	}
	a.admin = admin
	a.cleanups.add("admin server", time.Second, func(ctx context.Context) error {
		err := admin.stop(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			return nil // profiles in progress may be aborted
		}
		return err
	})
	return nil
}

// isLoopback reports whether only this machine can reach a listener.
func isLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	return err == nil && (host == "localhost" || net.ParseIP(host).IsLoopback())
}

// certificate is a TLS certificate that can be renewed while the service is
// running. The files are checked when a client connects, so no watcher is
// needed.
type certificate struct {
	certFile string
	keyFile  string
	log      *slog.Logger

	mu      sync.Mutex
	loaded  *tls.Certificate
	version [2]fileVersion
	checked time.Time
}

// fileVersion is used to detect whether a file has been replaced.
type fileVersion struct {
	modified time.Time
	size     int64
}

// newTLSConfig returns a configuration with the given certificate and key
// files.
func newTLSConfig(certFile, keyFile string, log *slog.Logger) (*tls.Config, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log}
	err := c.reload()
	if err != nil {
		return nil, fmt.Errorf("load the TLS certificate: %w", err)
	}
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current(), nil },
	}, nil
}

// current returns the current certificate. If the files cannot be loaded, for
// example because they are being written, it keeps the previous certificate.
func (c *certificate) current() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.checked) >= certificateAge {
		err := c.reload()
		if err != nil {
			c.log.Error("failed to reload the TLS certificate", "error", err)
		}
	}
	return c.loaded
}

// reload loads the certificate if its files have changed.
func (c *certificate) reload() error {
	c.checked = time.Now()
	cert, certErr := os.Stat(c.certFile)
	key, keyErr := os.Stat(c.keyFile)
	if err := errors.Join(certErr, keyErr); err != nil {
		return err
	}
	version := [2]fileVersion{{cert.ModTime(), cert.Size()}, {key.ModTime(), key.Size()}}
	if version == c.version {
		return nil
	}
	loaded, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return err
	}
	if c.loaded != nil {
		c.log.Info("reloaded the TLS certificate")
	}
	c.loaded, c.version = &loaded, version
	return nil
}
