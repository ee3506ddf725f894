// Package events delivers change events to handlers in the background, through
// a bounded queue and a pool of workers.
package events

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"
)

// Event describes a change of a resource.
type Event struct {
	// Type is the name of the resource and the action, such as order.created.
	Type string

	// Resource and ID identify the changed item.
	Resource string
	ID       uuid.UUID

	At time.Time
}

// Audit returns a handler that writes each event to the log. The log entry
// includes the request ID from the context.
func Audit(log *slog.Logger) func(context.Context, Event) error {
	return func(ctx context.Context, event Event) error {
		log.LogAttrs(ctx, slog.LevelInfo, "audit",
			slog.String("event", event.Type),
			slog.String("resource", event.Resource),
			slog.String("resource_id", event.ID.String()),
			slog.Time("at", event.At),
		)
		return nil
	}
}
