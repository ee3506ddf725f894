package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
)

// server is an http.Server and the listener that it serves.
type server struct {
	*http.Server

	listener net.Listener

	// abort cancels the contexts of the requests.
	abort context.CancelFunc
}

// listen opens the listener of a server. When it returns, clients can connect.
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

// serve serves until the server is stopped.
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

// stop takes no new requests and waits for the others. Those that are not done
// in time are cut off.
func (s *server) stop(ctx context.Context) error {
	defer s.abort()
	err := s.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.Close())
	}
	// Shutdown does not know the listener of a server that never served.
	closeErr := s.listener.Close()
	if errors.Is(closeErr, net.ErrClosed) {
		closeErr = nil
	}
	return errors.Join(err, closeErr)
}
