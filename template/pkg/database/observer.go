package database

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"
)

// Observer is called after each command with its name, whether it failed, and
// how long it took.
type Observer func(command string, failed bool, took time.Duration)

func (o Observer) monitor() *event.CommandMonitor {
	return &event.CommandMonitor{
		Succeeded: func(_ context.Context, e *event.CommandSucceededEvent) { o(e.CommandName, false, e.Duration) },
		Failed:    func(_ context.Context, e *event.CommandFailedEvent) { o(e.CommandName, true, e.Duration) },
	}
}
