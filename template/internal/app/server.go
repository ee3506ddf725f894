package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
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
