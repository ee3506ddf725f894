package services_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"

	"example.com/market-api/internal/auth"
	"example.com/market-api/internal/correlation"
	"example.com/market-api/internal/events"
	"example.com/market-api/internal/models"
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

	userID uuid.UUID
}

// call returns the context of a request from a new user.
func call(t *testing.T) (context.Context, caller) {
	t.Helper()
	c := caller{requestID: uuid.NewString(), userID: uuid.New()}
	ctx := correlation.WithRequestID(t.Context(), c.requestID)
	ctx = auth.WithUser(ctx, auth.User{ID: c.userID, Roles: []string{models.RoleUser}})
	return ctx, c
}

// callAsAdmin returns the context of a request from an admin.
func callAsAdmin(t *testing.T) context.Context {
	t.Helper()
	return auth.WithUser(t.Context(), auth.User{ID: uuid.New(), Roles: []string{models.RoleAdmin}})
}
