package database

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/event"
)

// monitors forwards each command event to several monitors, because the driver
// accepts only one.
type monitors []*event.CommandMonitor

func (m monitors) all() *event.CommandMonitor {
	return &event.CommandMonitor{Started: m.started, Succeeded: m.succeeded, Failed: m.failed}
}

func (m monitors) started(ctx context.Context, e *event.CommandStartedEvent) {
	for _, each := range m {
		if each.Started != nil {
			each.Started(ctx, e)
		}
	}
}

func (m monitors) succeeded(ctx context.Context, e *event.CommandSucceededEvent) {
	for _, each := range m {
		each.Succeeded(ctx, e)
	}
}

func (m monitors) failed(ctx context.Context, e *event.CommandFailedEvent) {
	for _, each := range m {
		each.Failed(ctx, e)
	}
}
