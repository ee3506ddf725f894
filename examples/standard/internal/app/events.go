package app

import (
	"context"
	"time"

	"example.com/shop-api/internal/events"
)

// openEvents starts the workers that handle change events.
func (a *App) openEvents(context.Context) error {
	a.events = events.NewQueue(events.Config{
		Capacity: a.cfg.Events.Capacity,
		Workers:  a.cfg.Events.Workers,
	}, a.metrics.EventHandler(events.Audit(a.log)), a.log)
	a.events.Start()
	a.cleanups.add("events", 5*time.Second, a.events.Stop)
	a.metrics.Events(a.events.Stats)
	return nil
}
