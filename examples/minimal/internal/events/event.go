// Package events tells the rest of the service about changes, off the path of
// the request: a bounded queue, and workers that empty it.
package events

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"
)

// Event says that something was changed.
type Event struct {
	// Type is the resource and what happened to it: order.created.
	Type string

	// Resource and ID name what was changed.
	Resource string
	ID       uuid.UUID

	At time.Time
}

// Audit returns a handler that writes every event to the log, with the request
// that the context carries.
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
