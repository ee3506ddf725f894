package config

import (
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

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
