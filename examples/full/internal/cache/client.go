package cache

import (
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/extra/redisotel/v9"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"go.opentelemetry.io/otel/trace"
)

// Open returns a client for a redis:// URL that gives up any call after the
// timeout. It connects only when it has to, so it succeeds while Redis is away.
// Every call of a trace becomes a span of tracers, without its arguments; nil
// means no spans.
func Open(url string, timeout time.Duration, tracers trace.TracerProvider) (*redis.Client, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, errors.New("the Redis URL is not valid") // err may quote the password
	}
	options.DialTimeout = timeout
	options.ReadTimeout = timeout
	options.WriteTimeout = timeout
	options.PoolTimeout = timeout
	options.ContextTimeoutEnabled = true
	// What Redis does not give at once is cheaper to get elsewhere.
	options.MaxRetries = -1
	options.DialerRetries = 1
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}

	client := redis.NewClient(options)
	if tracers == nil {
		return client, nil
	}
	err = redisotel.InstrumentTracing(client,
		redisotel.WithTracerProvider(joining{tracers}),
		redisotel.WithDBStatement(false),
	)
	if err != nil {
		return nil, fmt.Errorf("trace Redis: %w", err)
	}
	return client, nil
}
