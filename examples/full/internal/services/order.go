package services

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"example.com/market-api/internal/auth"
	"example.com/market-api/internal/models"
	"example.com/market-api/internal/repository"
)

// Orders implements the use cases of orders. They require a signed-in
// caller, who has access to everything as an admin, and otherwise to what he owns.
type Orders struct {
	repo   repository.Orders
	events Publisher
}

// NewOrders returns the use cases for the orders in repo.
func NewOrders(repo repository.Orders, events Publisher) *Orders {
	return &Orders{repo: repo, events: events}
}

// Create stores a new order that the caller owns.
func (s *Orders) Create(ctx context.Context, fields models.OrderFields) (models.Order, error) {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return models.Order{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return models.Order{}, fmt.Errorf("generate an ID: %w", err)
	}
	created := now()
	item := models.Order{
		ID:          id,
		OwnerID:     caller.ID,
		Version:     1,
		CreatedAt:   created,
		UpdatedAt:   created,
		OrderFields: storedOrder(fields),
	}
	if err := s.repo.Create(ctx, item); err != nil {
		return models.Order{}, err
	}
	announce(ctx, s.events, caller.ID, "order.created", item.ID)
	return item, nil
}

// Get returns an order.
func (s *Orders) Get(ctx context.Context, id uuid.UUID) (models.Order, error) {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return models.Order{}, err
	}
	return s.repo.Get(ctx, scopeOf(caller), id)
}

// List returns a page of the orders that a query selects among those of the caller.
func (s *Orders) List(ctx context.Context, query models.OrderQuery) (models.Page[models.Order], error) {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return models.Page[models.Order]{}, err
	}
	query.Scope = scopeOf(caller)
	return pageOf(ctx, query.Page, models.PositionOfOrder, func(ctx context.Context, page models.PageRequest) ([]models.Order, error) {
		query.Page = page
		return s.repo.List(ctx, query)
	}, func(ctx context.Context) (int64, error) {
		return s.repo.Count(ctx, query)
	})
}

// Update replaces the fields of an order. Version is the version that the
// caller has seen, or 0 for any. If it is not the current version, Update returns
// apperr.Stale.
func (s *Orders) Update(ctx context.Context, id uuid.UUID, version int64, fields models.OrderFields) (models.Order, error) {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return models.Order{}, err
	}
	item, err := s.repo.Update(ctx, scopeOf(caller), id, version, storedOrder(fields), now())
	if err != nil {
		return models.Order{}, err
	}
	announce(ctx, s.events, caller.ID, "order.updated", item.ID)
	return item, nil
}

// Change changes some fields of an order. Match decides, by the current version,
// whether the caller may change it. If not, Change returns apperr.Stale. If change
// returns an error, Change returns it unmodified and stores nothing. Change may be
// called more than once.
func (s *Orders) Change(ctx context.Context, id uuid.UUID, match func(version int64) bool, change func(fields *models.OrderFields) error) (models.Order, error) {
	return retryStale(func() (models.Order, error) {
		item, err := s.Get(ctx, id)
		if err != nil {
			return models.Order{}, err
		}
		if !match(item.Version) {
			return models.Order{}, errNoMatch
		}
		if err := change(&item.OrderFields); err != nil {
			return models.Order{}, err
		}
		return s.Update(ctx, id, item.Version, item.OrderFields)
	})
}

// Delete deletes an order. Version has the same meaning as in Update.
func (s *Orders) Delete(ctx context.Context, id uuid.UUID, version int64) error {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return err
	}
	if err := s.repo.Delete(ctx, scopeOf(caller), id, version); err != nil {
		return err
	}
	announce(ctx, s.events, caller.ID, "order.deleted", id)
	return nil
}

// DeleteOwned deletes all orders of a user.
func (s *Orders) DeleteOwned(ctx context.Context, owner uuid.UUID) error {
	scope := models.Scope{Owner: owner}
	return deleteOwned(ctx, func(ctx context.Context, page models.PageRequest) (ids []uuid.UUID, err error) {
		items, err := s.repo.List(ctx, models.OrderQuery{Scope: scope, Page: page})
		for _, item := range items {
			ids = append(ids, item.ID)
		}
		return ids, err
	}, func(ctx context.Context, id uuid.UUID) error {
		if err := s.repo.Delete(ctx, scope, id, 0); err != nil {
			return err
		}
		announce(ctx, s.events, owner, "order.deleted", id)
		return nil
	})
}

// storedOrder returns the fields in the form that databases return.
func storedOrder(fields models.OrderFields) models.OrderFields {
	fields.PlacedAt = models.StoredTime(fields.PlacedAt)
	return fields
}
