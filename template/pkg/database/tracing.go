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

// monitor makes a span of every command that is sent: what is done and to which
// collection, and no value.
type monitor struct {
	tracer trace.Tracer

	// spans holds those of the commands that are not answered so far.
	spans sync.Map
}

// command identifies a command that is not answered so far.
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
		return // such as the ping of a probe, which is no trace of its own
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
	// The message may quote what a client has sent; the code does not.
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

// take returns the span of a command that was answered.
func (m *monitor) take(e event.CommandFinishedEvent) trace.Span {
	span, ok := m.spans.LoadAndDelete(command{e.ConnectionID, e.RequestID})
	if !ok {
		return nil
	}
	return span.(trace.Span)
}

// server returns whom a connection leads to. Its id is the address and, in
// brackets, a number.
func server(connection string) []attribute.KeyValue {
	address := connection[:max(strings.LastIndex(connection, "["), 0)]
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return []attribute.KeyValue{attribute.String("server.address", address)} // a socket in the file system
	}
	number, _ := strconv.Atoi(port)
	return []attribute.KeyValue{attribute.String("server.address", host), attribute.Int("server.port", number)}
}

// collectionOf returns what a command is about. Most have the name of the
// collection as their first value; a command that is secret has nothing.
func collectionOf(name string, body bson.Raw) string {
	if name == "getMore" {
		name = "collection"
	}
	collection, _ := body.Lookup(name).StringValueOK()
	return collection
}
