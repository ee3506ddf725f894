// Package config reads the settings of the service from the environment and
// validates them, so that a wrong setting is found at startup and not by a
// request.
package config

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"time"
)

// Config holds all settings of the service, with one section per concern. The
// first section is App, because the defaults of the others depend on it.
type Config struct {
	App       App
	HTTP      HTTP
	RateLimit RateLimit
	Shutdown  Shutdown
	Log       Log
	Events    Events
}

// Probe holds the settings of the health check.
type Probe struct {
	App  App
	HTTP HTTP
}

// Warnings returns what is wrong with the settings but does not keep the service
// from running.
func (c Config) Warnings(_ []string) []string {
	var warnings []string
	if c.App.Env == Production && c.HTTP.TrustedProxies == nil {
		warnings = append(warnings, `HTTP_TRUSTED_PROXIES is not set: behind a proxy, all clients share one rate limit; set it to the networks of the proxies, or to "none" if there are none`)
	}
	return warnings
}

// Env is the type of environment that the service runs in.
type Env string

// The environments. Development needs no configuration. Production requires the
// settings that a real deployment needs.
const (
	Development Env = "development"
	Production  Env = "production"
)

// UnmarshalText accepts only the names of the environments.
func (e *Env) UnmarshalText(text []byte) error {
	*e = Env(text)
	if *e != Development && *e != Production {
		return fmt.Errorf("must be %s or %s, not %q", Development, Production, text)
	}
	return nil
}

// App holds the settings of the service as a whole.
type App struct {
	Env Env `env:"APP_ENV" envDefault:"development"`
}

// HTTP holds the settings of the two listeners: the public one for clients and
// the admin one for operators.
type HTTP struct {
	Addr      string `env:"HTTP_ADDR" envDefault:":8080"`
	AdminAddr string `env:"ADMIN_ADDR"`

	ReadHeaderTimeout time.Duration `env:"HTTP_READ_HEADER_TIMEOUT" envDefault:"5s"`
	ReadTimeout       time.Duration `env:"HTTP_READ_TIMEOUT" envDefault:"15s"`
	WriteTimeout      time.Duration `env:"HTTP_WRITE_TIMEOUT" envDefault:"30s"`

	// IdleTimeout is longer than load balancers keep idle connections, so that
	// they do not send a request on one that the service is closing. Those of
	// Google Cloud keep them for 600 seconds.
	IdleTimeout time.Duration `env:"HTTP_IDLE_TIMEOUT" envDefault:"620s"`

	// RequestTimeout limits the handling of a request. It is shorter than
	// WriteTimeout so that there is time left to send a timeout response.
	RequestTimeout time.Duration `env:"HTTP_REQUEST_TIMEOUT" envDefault:"10s"`

	MaxBodyBytes   int64 `env:"HTTP_MAX_BODY_BYTES" envDefault:"1048576"`
	MaxHeaderBytes int   `env:"HTTP_MAX_HEADER_BYTES" envDefault:"65536"`

	// TrustedProxies are the networks from which X-Forwarded-For and trace
	// contexts are trusted. It is nil if the setting is missing, and empty if it
	// is "none".
	TrustedProxies Networks `env:"HTTP_TRUSTED_PROXIES"`

	TLSCertFile string `env:"TLS_CERT_FILE"`
	TLSKeyFile  string `env:"TLS_KEY_FILE"`

	CORSAllowedOrigins List `env:"CORS_ALLOWED_ORIGINS"`
	DocsEnabled        bool `env:"DOCS_ENABLED"`

	// PprofEnabled serves profiles on the admin listener even if its address is
	// not a loopback address.
	PprofEnabled bool `env:"PPROF_ENABLED"`
}

func (h *HTTP) setDefaults(env Env) {
	h.AdminAddr = ":9090"
	if env == Development {
		h.AdminAddr = "127.0.0.1:9090"
		h.DocsEnabled = true
	}
}

func (h *HTTP) check(Env) error {
	problems := []error{
		address("HTTP_ADDR", h.Addr),
		address("ADMIN_ADDR", h.AdminAddr),
		positive("HTTP_READ_HEADER_TIMEOUT", h.ReadHeaderTimeout),
		positive("HTTP_READ_TIMEOUT", h.ReadTimeout),
		positive("HTTP_WRITE_TIMEOUT", h.WriteTimeout),
		positive("HTTP_IDLE_TIMEOUT", h.IdleTimeout),
		positive("HTTP_REQUEST_TIMEOUT", h.RequestTimeout),
		positive("HTTP_MAX_BODY_BYTES", h.MaxBodyBytes),
		positive("HTTP_MAX_HEADER_BYTES", h.MaxHeaderBytes),
	}
	if h.RequestTimeout >= h.WriteTimeout {
		problems = append(problems, fmt.Errorf("HTTP_REQUEST_TIMEOUT: must be shorter than HTTP_WRITE_TIMEOUT (%s), not %s", h.WriteTimeout, h.RequestTimeout))
	}
	if h.TLSCertFile != "" || h.TLSKeyFile != "" {
		problems = append(problems, keyPair("TLS_CERT_FILE, TLS_KEY_FILE", h.TLSCertFile, h.TLSKeyFile))
	}
	for _, o := range h.CORSAllowedOrigins {
		problems = append(problems, origin("CORS_ALLOWED_ORIGINS", o))
	}
	return errors.Join(problems...)
}

// RateLimit limits the number of requests per client.
type RateLimit struct {
	Requests int           `env:"RATE_LIMIT_REQUESTS" envDefault:"600"`
	Period   time.Duration `env:"RATE_LIMIT_PERIOD" envDefault:"1m"`
}

func (r *RateLimit) check(Env) error {
	return errors.Join(
		positive("RATE_LIMIT_REQUESTS", r.Requests),
		positive("RATE_LIMIT_PERIOD", r.Period),
	)
}

// Shutdown holds the settings of graceful shutdown.
type Shutdown struct {
	// Delay is the time between reporting "not ready" and closing the
	// listeners. Load balancers need it to stop sending requests.
	Delay time.Duration `env:"SHUTDOWN_DELAY"`

	// Timeout is how long requests in flight may take after Delay. The
	// components that stop after them have their own timeouts.
	Timeout time.Duration `env:"SHUTDOWN_TIMEOUT" envDefault:"20s"`
}

func (s *Shutdown) setDefaults(env Env) {
	if env == Production {
		s.Delay = 5 * time.Second
	}
}

func (s *Shutdown) check(Env) error {
	problem := positive("SHUTDOWN_TIMEOUT", s.Timeout)
	if s.Delay < 0 {
		problem = errors.Join(problem, fmt.Errorf("SHUTDOWN_DELAY: must not be negative, not %s", s.Delay))
	}
	return problem
}

// Log holds the settings of the log.
type Log struct {
	Level slog.Level `env:"LOG_LEVEL" envDefault:"info"`
}

// maxEventsCapacity limits the size of the queue, which is allocated at
// startup.
const maxEventsCapacity = 1 << 20

// Events holds the settings of the queue between requests and event handlers.
type Events struct {
	Capacity int `env:"EVENTS_CAPACITY" envDefault:"1024"`
	Workers  int `env:"EVENTS_WORKERS" envDefault:"4"`
}

func (e *Events) check(Env) error {
	problems := []error{
		positive("EVENTS_CAPACITY", e.Capacity),
		positive("EVENTS_WORKERS", e.Workers),
	}
	if e.Capacity > maxEventsCapacity {
		problems = append(problems, fmt.Errorf("EVENTS_CAPACITY: must be at most %d, not %d", maxEventsCapacity, e.Capacity))
	}
	return errors.Join(problems...)
}

func positive[T int | int64 | time.Duration](name string, value T) error {
	if value > 0 {
		return nil
	}
	return fmt.Errorf("%s: must be greater than zero, not %v", name, value)
}

func address(name, value string) error {
	_, _, err := net.SplitHostPort(value)
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: must look like :8080 or 127.0.0.1:8080: %w", name, err)
}

func keyPair(names, certFile, keyFile string) error {
	if certFile == "" || keyFile == "" {
		return fmt.Errorf("%s: must be set together", names)
	}
	_, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", names, err)
}

// origin accepts a value of the Origin header, or * for any origin. Wildcard
// patterns are rejected, because they would trust origins that are not known.
func origin(name, value string) error {
	if value == "*" {
		return nil
	}
	u, err := url.Parse(value)
	if err == nil && u.Scheme != "" && u.Host != "" && u.Scheme+"://"+u.Host == value && !strings.Contains(u.Host, "*") {
		return nil
	}
	return fmt.Errorf("%s: must be origins such as https://app.example.com, not %q", name, value)
}
