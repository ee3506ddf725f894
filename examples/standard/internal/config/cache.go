package config

import (
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

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
