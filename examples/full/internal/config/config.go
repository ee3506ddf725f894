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

	"github.com/golang-jwt/jwt/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"
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
	Database  Database
	Cache     Cache
	Auth      Auth
	Tracing   Tracing
}

// Job holds the settings of the commands that only use the database.
type Job struct {
	App      App
	Log      Log
	Database Database
}

// Probe holds the settings of the health check.
type Probe struct {
	App  App
	HTTP HTTP
}

// Warnings returns what is wrong with the settings but does not keep the service
// from running. environ has the format of os.Environ.
func (c Config) Warnings(environ []string) []string {
	var warnings []string
	if c.App.Env == Production && c.HTTP.TrustedProxies == nil {
		warnings = append(warnings, `HTTP_TRUSTED_PROXIES is not set: behind a proxy, all clients share one rate limit; set it to the networks of the proxies, or to "none" if there are none`)
	}
	warnings = append(warnings, c.Tracing.warnings(environ)...)
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

// Database holds the settings of PostgreSQL.
type Database struct {
	// URL may be empty in development. Data is then kept in memory.
	URL Secret `env:"DATABASE_URL"`

	// Pooler means that the URL is that of a pooler such as PgBouncer in
	// transaction mode.
	Pooler bool `env:"DATABASE_POOLER"`

	MaxConns     int32         `env:"DATABASE_MAX_CONNS" envDefault:"10"`
	MinConns     int32         `env:"DATABASE_MIN_CONNS" envDefault:"2"`
	ConnLifetime time.Duration `env:"DATABASE_CONN_LIFETIME" envDefault:"30m"`
	ConnIdleTime time.Duration `env:"DATABASE_CONN_IDLE_TIME" envDefault:"5m"`

	ConnectTimeout   time.Duration `env:"DATABASE_CONNECT_TIMEOUT" envDefault:"3s"`
	StatementTimeout time.Duration `env:"DATABASE_STATEMENT_TIMEOUT" envDefault:"5s"`

	// Migrate updates the schema at startup. In production, run "server
	// migrate" before the new version starts instead.
	Migrate bool `env:"DATABASE_MIGRATE"`
}

func (d *Database) setDefaults(env Env) {
	d.Migrate = env == Development
}

func (d *Database) check(env Env) error {
	problems := []error{
		positive("DATABASE_MAX_CONNS", d.MaxConns),
		positive("DATABASE_CONN_LIFETIME", d.ConnLifetime),
		positive("DATABASE_CONN_IDLE_TIME", d.ConnIdleTime),
		positive("DATABASE_CONNECT_TIMEOUT", d.ConnectTimeout),
	}
	// PostgreSQL counts in milliseconds and interprets 0 as no limit.
	if d.StatementTimeout < time.Millisecond {
		problems = append(problems, fmt.Errorf("DATABASE_STATEMENT_TIMEOUT: must be at least 1ms, not %s", d.StatementTimeout))
	}
	if d.MinConns < 0 || d.MinConns > d.MaxConns {
		problems = append(problems, fmt.Errorf("DATABASE_MIN_CONNS: must be between 0 and DATABASE_MAX_CONNS (%d), not %d", d.MaxConns, d.MinConns))
	}
	if d.URL == "" && env == Production {
		problems = append(problems, errors.New("DATABASE_URL: must be set in production"))
	}
	if d.URL != "" {
		problems = append(problems, d.checkURL())
	}
	return errors.Join(problems...)
}

func (d *Database) checkURL() error {
	_, err := pgxpool.ParseConfig(string(d.URL))
	if err == nil {
		return nil
	}
	return fmt.Errorf("DATABASE_URL: %w", err)
}

// Cache holds the settings of the Redis cache.
type Cache struct {
	// RedisURL may be empty. In that case, nothing is cached and every replica
	// counts requests for the rate limits on its own.
	RedisURL Secret `env:"REDIS_URL"`

	TTL time.Duration `env:"CACHE_TTL" envDefault:"5m"`

	// Timeout is how long a request waits for the cache before it continues
	// without it.
	Timeout time.Duration `env:"CACHE_TIMEOUT" envDefault:"100ms"`
}

func (c *Cache) check(Env) error {
	problems := []error{
		positive("CACHE_TTL", c.TTL),
		positive("CACHE_TIMEOUT", c.Timeout),
	}
	if c.RedisURL != "" {
		problems = append(problems, c.checkURL())
	}
	return errors.Join(problems...)
}

// checkURL does not include the parse error, because it may contain part of the
// password.
func (c *Cache) checkURL() error {
	_, err := redis.ParseURL(string(c.RedisURL))
	if err == nil {
		return nil
	}
	return errors.New("REDIS_URL: must look like redis://:password@host:6379/0, with the password percent-encoded")
}

// Auth holds the settings of issued tokens and of sign-in.
type Auth struct {
	// PrivateKey (Ed25519, PKCS#8 in PEM) or Secret signs the access tokens.
	// Both may be empty in development. A temporary key is then generated at
	// startup.
	PrivateKey Secret `env:"JWT_PRIVATE_KEY"`
	Secret     Secret `env:"JWT_SECRET"`

	// The previous keys verify tokens during a key rotation.
	PreviousPublicKey Secret `env:"JWT_PREVIOUS_PUBLIC_KEY"`
	PreviousSecret    Secret `env:"JWT_PREVIOUS_SECRET"`

	Issuer   string `env:"JWT_ISSUER" envDefault:"market-api"`
	Audience string `env:"JWT_AUDIENCE" envDefault:"market-api"`

	AccessTTL  time.Duration `env:"JWT_ACCESS_TTL" envDefault:"15m"`
	RefreshTTL time.Duration `env:"JWT_REFRESH_TTL" envDefault:"720h"`

	// SessionGrace is how long a refresh token can be exchanged again after the
	// first exchange.
	SessionGrace time.Duration `env:"SESSION_GRACE" envDefault:"30s"`

	// RateLimitRequests limits how often one client may register or sign in.
	// AccountLimitRequests limits how often all clients together may try the
	// password of one account. It is higher, so that no single client can lock a
	// user out. SessionLimitRequests limits how often one session may be
	// refreshed.
	RateLimitRequests    int           `env:"AUTH_RATE_LIMIT_REQUESTS" envDefault:"10"`
	AccountLimitRequests int           `env:"AUTH_ACCOUNT_LIMIT_REQUESTS" envDefault:"100"`
	SessionLimitRequests int           `env:"AUTH_SESSION_LIMIT_REQUESTS" envDefault:"30"`
	RateLimitPeriod      time.Duration `env:"AUTH_RATE_LIMIT_PERIOD" envDefault:"1m"`
}

func (a *Auth) check(env Env) error {
	problems := []error{
		privateKey("JWT_PRIVATE_KEY", a.PrivateKey),
		secretLength("JWT_SECRET", a.Secret),
		publicKey("JWT_PREVIOUS_PUBLIC_KEY", a.PreviousPublicKey),
		secretLength("JWT_PREVIOUS_SECRET", a.PreviousSecret),
		positive("JWT_ACCESS_TTL", a.AccessTTL),
		positive("JWT_REFRESH_TTL", a.RefreshTTL),
		positive("SESSION_GRACE", a.SessionGrace),
		positive("AUTH_RATE_LIMIT_REQUESTS", a.RateLimitRequests),
		positive("AUTH_SESSION_LIMIT_REQUESTS", a.SessionLimitRequests),
		positive("AUTH_RATE_LIMIT_PERIOD", a.RateLimitPeriod),
	}
	if a.PrivateKey != "" && a.Secret != "" {
		problems = append(problems, errors.New("JWT_PRIVATE_KEY, JWT_SECRET: only one of them may be set"))
	}
	if a.PrivateKey == "" && a.Secret == "" && env == Production {
		problems = append(problems, errors.New("JWT_PRIVATE_KEY, JWT_SECRET: one of them must be set in production"))
	}
	if a.AccountLimitRequests <= a.RateLimitRequests {
		problems = append(problems, fmt.Errorf("AUTH_ACCOUNT_LIMIT_REQUESTS: must be more than AUTH_RATE_LIMIT_REQUESTS (%d), not %d", a.RateLimitRequests, a.AccountLimitRequests))
	}
	if a.AccessTTL > a.RefreshTTL {
		problems = append(problems, fmt.Errorf("JWT_ACCESS_TTL: must not be longer than JWT_REFRESH_TTL (%s), not %s", a.RefreshTTL, a.AccessTTL))
	}
	return errors.Join(problems...)
}

func privateKey(name string, value Secret) error {
	if value == "" {
		return nil
	}
	_, err := jwt.ParseEdPrivateKeyFromPEM([]byte(value))
	if err == nil {
		return nil
	}
	return fmt.Errorf(`%s: must be the output of "openssl genpkey -algorithm ed25519": %w`, name, err)
}

func publicKey(name string, value Secret) error {
	if value == "" {
		return nil
	}
	_, err := jwt.ParseEdPublicKeyFromPEM([]byte(value))
	if err == nil {
		return nil
	}
	return fmt.Errorf(`%s: must be the output of "openssl pkey -in key.pem -pubout": %w`, name, err)
}

func positive[T int | int32 | int64 | time.Duration](name string, value T) error {
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

// minSecretBytes is the size of the keys that are made from a secret. A shorter
// secret would be weaker than they are (RFC 7518, section 3.2).
const minSecretBytes = 32

func secretLength(name string, value Secret) error {
	if value == "" || len(value) >= minSecretBytes {
		return nil
	}
	return fmt.Errorf("%s: must have at least %d bytes, not %d", name, minSecretBytes, len(value))
}
