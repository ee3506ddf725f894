// Package services holds the use cases: what a caller may do, whichever way
// the call came in and wherever things are stored.
package services

import (
	"context"
	"time"

	"github.com/google/uuid"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/events"
	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/reqctx"
)

// Publisher hears of every change, once it is stored. It reports no failure:
// what is stored stays stored.
type Publisher interface {
	Publish(ctx context.Context, event events.Event)
}

// announce publishes what the caller did to an item.
func announce(ctx context.Context, publisher Publisher, resource, action string, id uuid.UUID) {
	publisher.Publish(ctx, events.Event{
		Type:     resource + "." + action,
		Resource: resource,
		ID:       id,
		ActorID:  reqctx.From(ctx).UserID,
		At:       now(),
	})
}

// now returns the time to the microsecond, which is what a database keeps.
func now() time.Time {
	return stored(time.Now())
}

// stored returns t the way a database gives it back.
func stored(t time.Time) time.Time {
	return t.UTC().Truncate(time.Microsecond)
}

// checkVersion returns apperr.Stale if the caller has seen another version than
// the current one. A caller who asks for version 0 takes what there is.
func checkVersion(seen, current int64) error {
	if seen != 0 && seen != current {
		return apperr.New(apperr.Stale, "it has been changed since you read it")
	}
	return nil
}

// pageOf cuts a page out of items that were asked for with one more than limit.
func pageOf[T any](items []T, limit int, id func(T) uuid.UUID) models.Page[T] {
	if len(items) <= limit {
		return models.Page[T]{Items: items}
	}
	return models.Page[T]{Items: items[:limit], Next: id(items[limit-1])}
}
