package app

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificateAge is the minimum interval between checks for a new certificate.
const certificateAge = time.Second

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
