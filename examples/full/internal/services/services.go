// Package services implements the use cases of the service. It does not depend
// on how requests arrive or where data is stored.
package services

import (
	"context"
	"time"

	"github.com/google/uuid"

	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/events"
	"example.com/market-api/internal/models"
)

// Publisher publishes changes after they have been stored. It returns no error,
// because a failure must not undo the change.
type Publisher interface {
	Publish(ctx context.Context, event events.Event)
}

// announce publishes a change that a user made to an item.
func announce(ctx context.Context, publisher Publisher, actor uuid.UUID, resource, action string, id uuid.UUID) {
	publisher.Publish(ctx, events.Event{
		Type:     resource + "." + action,
		Resource: resource,
		ID:       id,
		ActorID:  actor,
		At:       now(),
	})
}

// ownedAtOnce is the number of items to delete before the next ones are read.
const ownedAtOnce = 100

// deleteOwned calls deletePage until it has deleted fewer items than a whole page.
func deleteOwned(ctx context.Context, deletePage func(ctx context.Context, page models.PageRequest) (int, error)) error {
	for {
		deleted, err := deletePage(ctx, models.PageRequest{Limit: ownedAtOnce})
		if err != nil || deleted < ownedAtOnce {
			return err
		}
	}
}

// now returns the current time in microseconds, which is the precision of
// databases.
func now() time.Time {
	return stored(time.Now())
}

// stored returns the time in the form that databases return.
func stored(t time.Time) time.Time {
	return t.UTC().Truncate(time.Microsecond)
}

// checkVersion returns apperr.Stale if the caller has not seen the current
// version. The version 0 matches any version.
func checkVersion(seen, current int64) error {
	if seen != 0 && seen != current {
		return apperr.New(apperr.Stale, "the resource has changed since you read it")
	}
	return nil
}

// pageOf returns the page with the first limit items. The caller must have
// requested one item more than limit.
func pageOf[T any](items []T, limit int, id func(T) uuid.UUID) models.Page[T] {
	if len(items) <= limit {
		return models.Page[T]{Items: items}
	}
	return models.Page[T]{Items: items[:limit], Next: id(items[limit-1])}
}
