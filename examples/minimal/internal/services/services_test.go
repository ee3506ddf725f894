package services_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"

	"example.com/hello-api/internal/correlation"
	"example.com/hello-api/internal/events"
)

// announcements is a Publisher that records events.
type announcements struct {
	events   []events.Event
	requests []string
}

func (a *announcements) Publish(ctx context.Context, event events.Event) {
	a.events = append(a.events, event)
	a.requests = append(a.requests, correlation.RequestID(ctx))
}

func (a *announcements) types() []string {
	var types []string
	for _, event := range a.events {
		types = append(types, event.Type)
	}
	return types
}

// errRejected is the error of a change.
var errRejected = errors.New("the change is rejected")

// always matches any version.
func always(int64) bool { return true }

// never matches no version.
func never(int64) bool { return false }

// caller describes a request.
type caller struct {
	requestID string
}

// call returns the context of a request.
func call(t *testing.T) (context.Context, caller) {
	t.Helper()
	c := caller{requestID: uuid.NewString()}
	ctx := correlation.WithRequestID(t.Context(), c.requestID)
	return ctx, c
}
