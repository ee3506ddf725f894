package database

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// marshal encodes a command the way the driver does.
func marshal(t *testing.T, command bson.D) bson.Raw {
	t.Helper()
	raw, err := bson.Marshal(command)
	require.NoError(t, err)
	return raw
}

func TestSpanContainsNoValues(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	m := newMonitor(provider)
	ctx, request := provider.Tracer("test").Start(t.Context(), "request")

	find := marshal(t, bson.D{{Key: "find", Value: "things"}, {Key: "filter", Value: bson.D{{Key: "code", Value: "hunter2"}}}})
	more := marshal(t, bson.D{{Key: "getMore", Value: int64(1)}, {Key: "collection", Value: "things"}})
	finished := event.CommandFinishedEvent{ConnectionID: "a", RequestID: 1}
	other := event.CommandFinishedEvent{ConnectionID: "b", RequestID: 1}
	m.Started(ctx, &event.CommandStartedEvent{Command: find, CommandName: "find", DatabaseName: "app", ConnectionID: "a", RequestID: 1})
	m.Started(ctx, &event.CommandStartedEvent{Command: more, CommandName: "getMore", ConnectionID: "b", RequestID: 1})
	m.Failed(ctx, &event.CommandFailedEvent{
		CommandFinishedEvent: other,
		Failure:              mongo.CommandError{Code: 11000, Message: `dup key: { code: "hunter2" }`},
	})
	m.Succeeded(ctx, &event.CommandSucceededEvent{CommandFinishedEvent: finished})

	ended := spans.Ended()
	require.Len(t, ended, 2)
	failed, found := ended[0], ended[1]
	require.Equal(t, "getMore things", failed.Name())
	require.Equal(t, sdktrace.Status{Code: codes.Error}, failed.Status())
	require.Equal(t, "find things", found.Name())
	require.Equal(t, codes.Unset, found.Status().Code)
	for _, span := range ended {
		require.Equal(t, request.SpanContext().SpanID(), span.Parent().SpanID())
		for _, attribute := range span.Attributes() {
			require.NotContains(t, attribute.Value.String(), "hunter2")
		}
	}
}

func TestSpanEndsOnce(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	m := newMonitor(provider)
	ctx, _ := provider.Tracer("test").Start(t.Context(), "request")
	finished := event.CommandFinishedEvent{ConnectionID: "a", RequestID: 1}

	m.Failed(t.Context(), &event.CommandFailedEvent{CommandFinishedEvent: finished, Failure: errors.New("unknown")})
	m.Started(ctx, &event.CommandStartedEvent{CommandName: "ping", ConnectionID: "a", RequestID: 1})
	m.Failed(t.Context(), &event.CommandFailedEvent{CommandFinishedEvent: finished, Failure: errors.New("broken")})
	m.Succeeded(t.Context(), &event.CommandSucceededEvent{CommandFinishedEvent: finished})

	require.Len(t, spans.Ended(), 1)
	require.Equal(t, "ping", spans.Ended()[0].Name())
}

func TestCommandOutsideTraceCreatesNoSpan(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	m := newMonitor(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)))

	m.Started(t.Context(), &event.CommandStartedEvent{CommandName: "ping"})

	require.Empty(t, spans.Started(), "probes must not create traces")
}

func TestSpanRecordsServer(t *testing.T) {
	for connection, server := range map[string][]attribute.KeyValue{
		"db.example.com:27017[-7]":    {attribute.String("server.address", "db.example.com"), attribute.Int("server.port", 27017)},
		"[2001:db8::1]:27018[-12]":    {attribute.String("server.address", "2001:db8::1"), attribute.Int("server.port", 27018)},
		"/tmp/mongodb-27017.sock[-1]": {attribute.String("server.address", "/tmp/mongodb-27017.sock")},
	} {
		spans := tracetest.NewSpanRecorder()
		provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
		ctx, _ := provider.Tracer("test").Start(t.Context(), "request")

		newMonitor(provider).Started(ctx, &event.CommandStartedEvent{CommandName: "find", ConnectionID: connection})

		require.Subset(t, spans.Started()[1].Attributes(), server)
	}
}
