package app

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/pprof"
	"time"
)

// profileTimeout allows enough time for a CPU profile or a trace.
const profileTimeout = 2 * time.Minute

// openAdmin opens the listener for operators. It must not be reachable by
// clients.
func (a *App) openAdmin(ctx context.Context) error {
	mux := http.NewServeMux()
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
