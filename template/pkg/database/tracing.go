package database

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// monitor creates a span for every command. The span records the operation and
// the collection, but no values.
type monitor struct {
	tracer trace.Tracer

	// spans holds the spans of commands that are still in progress.
	spans sync.Map
}

// command identifies a command that is still in progress.
type command struct {
	connection string
	request    int64
}

func newMonitor(tracers trace.TracerProvider) *event.CommandMonitor {
	m := &monitor{tracer: tracers.Tracer("go.mongodb.org/mongo-driver/v2")}
	return &event.CommandMonitor{Started: m.started, Succeeded: m.succeeded, Failed: m.failed}
}

func (m *monitor) started(ctx context.Context, e *event.CommandStartedEvent) {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return // for example the ping of a probe, which must not start a trace of its own
	}
	name := e.CommandName
	attributes := []attribute.KeyValue{
		attribute.String("db.system.name", "mongodb"),
		attribute.String("db.namespace", e.DatabaseName),
		attribute.String("db.operation.name", e.CommandName),
	}
	if collection := collectionOf(e.CommandName, e.Command); collection != "" {
		name += " " + collection
		attributes = append(attributes, attribute.String("db.collection.name", collection))
	}
	attributes = append(attributes, server(e.ConnectionID)...)
	_, span := m.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attributes...))
	m.spans.Store(command{e.ConnectionID, e.RequestID}, span)
}

func (m *monitor) succeeded(_ context.Context, e *event.CommandSucceededEvent) {
	if span := m.take(e.CommandFinishedEvent); span != nil {
		span.End()
	}
}

func (m *monitor) failed(_ context.Context, e *event.CommandFailedEvent) {
	span := m.take(e.CommandFinishedEvent)
	if span == nil {
		return
	}
	// The message may contain data from a client. The code does not.
	kind := "_OTHER"
	if refused := mongo.ServerError(nil); errors.As(e.Failure, &refused) {
		if all := refused.ErrorCodes(); len(all) > 0 {
			kind = strconv.Itoa(all[0])
			span.SetAttributes(attribute.String("db.response.status_code", kind))
		}
	}
	span.SetAttributes(attribute.String("error.type", kind))
	span.SetStatus(codes.Error, "")
	span.End()
}

// take removes and returns the span of a finished command, or nil if there is
// none.
func (m *monitor) take(e event.CommandFinishedEvent) trace.Span {
	span, ok := m.spans.LoadAndDelete(command{e.ConnectionID, e.RequestID})
	if !ok {
		return nil
	}
	return span.(trace.Span)
}

// server returns the attributes that identify the server of a connection. A
// connection ID is the address followed by a number in brackets.
func server(connection string) []attribute.KeyValue {
	address := connection[:max(strings.LastIndex(connection, "["), 0)]
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return []attribute.KeyValue{attribute.String("server.address", address)} // a Unix domain socket
	}
	number, _ := strconv.Atoi(port)
	return []attribute.KeyValue{attribute.String("server.address", host), attribute.Int("server.port", number)}
}

// collectionOf returns the collection that a command operates on. In most
// commands it is the first value. The driver redacts the body of
// security-sensitive commands, so these have none.
func collectionOf(name string, body bson.Raw) string {
	if name == "getMore" {
		name = "collection"
	}
	collection, _ := body.Lookup(name).StringValueOK()
	return collection
}
