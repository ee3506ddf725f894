package services_test

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"example.com/shop-api/internal/events"
	"example.com/shop-api/internal/reqctx"
)

// announcements is a Publisher that records events.
type announcements struct {
	events   []events.Event
	requests []string
}

func (a *announcements) Publish(ctx context.Context, event events.Event) {
	a.events = append(a.events, event)
	a.requests = append(a.requests, reqctx.From(ctx).ID)
}

func (a *announcements) types() []string {
	var types []string
	for _, event := range a.events {
		types = append(types, event.Type)
	}
	return types
}

// call returns the context of a request from a new user.
func call(t *testing.T) (context.Context, *reqctx.Info) {
	t.Helper()
	caller := &reqctx.Info{ID: uuid.NewString(), UserID: uuid.New()}
	return reqctx.With(t.Context(), caller), caller
}
