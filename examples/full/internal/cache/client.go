package cache

import (
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"go.opentelemetry.io/otel/trace"
)

// Open returns a client for a redis:// URL that limits each command to the
// timeout. It connects on demand, so it succeeds even if Redis is down.
// Commands within a trace create spans with tracers, without arguments. If
// tracers is nil, no spans are created.
func Open(url string, timeout time.Duration, tracers trace.TracerProvider) (*redis.Client, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, errors.New("the Redis URL is not valid") // err may contain the password
	}
	options.DialTimeout = timeout
	options.ReadTimeout = timeout
	options.WriteTimeout = timeout
	options.PoolTimeout = timeout
	options.ContextTimeoutEnabled = true
	// A retry would cost more than loading the value from its source.
	options.MaxRetries = -1
	options.DialerRetries = 1
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}

	client := redis.NewClient(options)
	if tracers != nil {
		client.AddHook(newTracing(tracers, client.Options()))
	}
	return client, nil
}
