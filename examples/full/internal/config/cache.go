package config

import (
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// Cache is about Redis.
type Cache struct {
	// RedisURL may be empty: nothing is then cached, and every replica counts
	// its own requests for the rate limits.
	RedisURL Secret `env:"REDIS_URL"`

	TTL time.Duration `env:"CACHE_TTL" envDefault:"5m"`

	// Timeout is the most that a request waits for the cache, before it does
	// without.
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

// checkURL does not repeat what is wrong: where the URL is broken, that may be
// a piece of the password.
func (c *Cache) checkURL() error {
	_, err := redis.ParseURL(string(c.RedisURL))
	if err == nil {
		return nil
	}
	return errors.New("REDIS_URL: must look like redis://:password@host:6379/0, with the password percent-encoded")
}
