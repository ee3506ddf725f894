// Package services implements the use cases of the service. It does not depend
// on how requests arrive or where data is stored.
package services

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/auth"
	"example.com/shop-api/internal/events"
	"example.com/shop-api/internal/models"
)

// Publisher publishes changes after they have been stored. It returns no error,
// because a failure must not undo the change.
type Publisher interface {
	Publish(ctx context.Context, event events.Event)
}

// announce publishes a change that a user made to an item. The kind has the form
// resource.action.
func announce(ctx context.Context, publisher Publisher, actor uuid.UUID, kind string, id uuid.UUID) {
	resource, _, _ := strings.Cut(kind, ".")
	publisher.Publish(ctx, events.Event{
		Type:     kind,
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

// now returns the current time in the form in which repositories return it.
func now() time.Time {
	return models.StoredTime(time.Now())
}

// errNoMatch is the error of a change that does not apply to the current version.
var errNoMatch = apperr.New(apperr.Stale, "the resource has changed since you read it")

// retryStale repeats a change if another one occurred between its read and its
// write.
func retryStale[T any](change func() (T, error)) (T, error) {
	const attempts = 16
	var item T
	var err error
	for range attempts {
		item, err = change()
		if errors.Is(err, errNoMatch) || apperr.KindOf(err) != apperr.Stale {
			return item, err
		}
	}
	return item, apperr.Wrap(apperr.Unavailable, "too many concurrent changes", err)
}

// pageOf returns a page of the items that list returns, with their number if it
// is requested.
func pageOf[T any](ctx context.Context, request models.PageRequest, position func(T, models.PageSort) models.PagePosition, list func(context.Context, models.PageRequest) ([]T, error), count func(context.Context) (int64, error)) (models.Page[T], error) {
	items, err := list(ctx, request.WithOneMore())
	if err != nil {
		return models.Page[T]{}, err
	}
	page := models.Page[T]{Items: items}
	if len(items) > request.Limit {
		page.Items = items[:request.Limit]
		page.Next = new(position(items[request.Limit-1], request.Sort))
	}
	if request.Total {
		total, err := count(ctx)
		if err != nil {
			return models.Page[T]{}, err
		}
		page.Total = &total
	}
	return page, nil
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
			page.After = &models.PagePosition{ID: id}
		}
		if len(ids) == ownedAtOnce {
			continue
		}
		if failed == nil || deleted == 0 {
			return failed
		}
		page.After, deleted, failed = nil, 0, nil
	}
}
