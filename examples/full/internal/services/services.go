// Package services implements the use cases of the service. It does not depend
// on how requests arrive or where data is stored.
package services

import (
	"context"
	"time"

	"github.com/google/uuid"

	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/auth"
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

// scopeOf returns whose objects a user has access to.
func scopeOf(caller auth.User) models.Scope {
	return models.Scope{Owner: caller.ID, All: caller.HasRole(models.RoleAdmin)}
}

// ownedAtOnce is the number of items to delete before the next ones are read.
const ownedAtOnce = 100

// deleteOwned deletes the items that list returns, page by page, the newest
// first. An item that another one refers to is left for the next round.
func deleteOwned(ctx context.Context, list func(ctx context.Context, page models.PageRequest) ([]uuid.UUID, error), remove func(ctx context.Context, id uuid.UUID) error) error {
	page, deleted, failed := models.PageRequest{Limit: ownedAtOnce}, 0, error(nil)
	for {
		ids, err := list(ctx, page)
		if err != nil {
			return err
		}
		for _, id := range ids {
			err := remove(ctx, id)
			switch apperr.KindOf(err) {
			case apperr.Conflict:
				failed = err
			case apperr.NotFound:
			default:
				if err != nil {
					return err
				}
				deleted++
			}
			page.After = id
		}
		if len(ids) == ownedAtOnce {
			continue
		}
		if failed == nil || deleted == 0 {
			return failed
		}
		page.After, deleted, failed = uuid.Nil, 0, nil
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

// pageOf returns the page with the first limit items. The caller must have
// requested one item more than limit.
func pageOf[T any](items []T, limit int, id func(T) uuid.UUID) models.Page[T] {
	if len(items) <= limit {
		return models.Page[T]{Items: items}
	}
	return models.Page[T]{Items: items[:limit], Next: id(items[limit-1])}
}
