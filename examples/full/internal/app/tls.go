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

// certificateAge is how long a certificate is used before its files are looked
// at again.
const certificateAge = time.Second

// certificate is a TLS certificate that may be renewed while the service runs.
// Its files are looked at when a client connects, so nothing has to watch them.
type certificate struct {
	certFile string
	keyFile  string
	log      *slog.Logger

	mu      sync.Mutex
	loaded  *tls.Certificate
	version [2]fileVersion
	checked time.Time
}

// fileVersion tells whether a file was replaced.
type fileVersion struct {
	modified time.Time
	size     int64
}

// newTLSConfig returns a configuration that serves the certificate in certFile
// and the key in keyFile.
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

// current returns the certificate to serve. One that cannot be loaded, because
// it is just being written perhaps, does not replace the one that was.
func (c *certificate) current() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.checked) >= certificateAge {
		err := c.reload()
		if err != nil {
			c.log.Error("the TLS certificate was not reloaded", "error", err)
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
		c.log.Info("the TLS certificate was reloaded")
	}
	c.loaded, c.version = &loaded, version
	return nil
}
