package cache

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
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

// tracing creates a span for each command within a trace. It only creates child
// spans, otherwise the pings of health checks would start traces of their own.
type tracing struct {
	tracer     trace.Tracer
	attributes []attribute.KeyValue
}

func newTracing(tracers trace.TracerProvider, options *redis.Options) tracing {
	attributes := []attribute.KeyValue{
		attribute.String("db.system.name", "redis"),
		attribute.String("db.namespace", strconv.Itoa(options.DB)),
	}
	host, port, err := net.SplitHostPort(options.Addr)
	if err != nil {
		host = options.Addr // the path of a socket
	}
	attributes = append(attributes, attribute.String("server.address", host))
	if number, err := strconv.Atoi(port); err == nil {
		attributes = append(attributes, attribute.Int("server.port", number))
	}
	return tracing{
		tracer:     tracers.Tracer("example.com/market-api/internal/cache"),
		attributes: attributes,
	}
}

// DialHook implements redis.Hook.
func (t tracing) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook implements redis.Hook.
func (t tracing) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, command redis.Cmder) error {
		if !trace.SpanFromContext(ctx).IsRecording() {
			return next(ctx, command)
		}
		return t.span(ctx, strings.ToUpper(command.Name()), func(ctx context.Context) error {
			return next(ctx, command)
		})
	}
}

// ProcessPipelineHook implements redis.Hook.
func (t tracing) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, commands []redis.Cmder) error {
		if !trace.SpanFromContext(ctx).IsRecording() {
			return next(ctx, commands)
		}
		return t.span(ctx, "PIPELINE", func(ctx context.Context) error { return next(ctx, commands) })
	}
}

// span calls next in a span. The span has no arguments, because they may contain
// personal data.
func (t tracing) span(ctx context.Context, operation string, next func(context.Context) error) error {
	ctx, span := t.tracer.Start(ctx, operation,
		trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(t.attributes...),
		trace.WithAttributes(attribute.String("db.operation.name", operation)),
	)
	defer span.End()
	err := next(ctx)
	if err != nil && !errors.Is(err, redis.Nil) {
		span.SetStatus(codes.Error, err.Error())
	}
	return err
}
