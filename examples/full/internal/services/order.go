package services

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/models"
	"example.com/market-api/internal/reqctx"
)

// OrderRepository stores orders. One that does not exist is
// apperr.NotFound, a unique field that is taken is apperr.Conflict and names
// the field, and a database that does not answer is apperr.Unavailable.
type OrderRepository interface {
	// Create stores a new order.
	Create(ctx context.Context, item models.Order) error

	// Get returns the order with an id.
	Get(ctx context.Context, id uuid.UUID) (models.Order, error)

	// List returns up to page.Limit of the orders that match the filter,
	// newest first.
	List(ctx context.Context, filter models.OrderFilter, page models.PageRequest) ([]models.Order, error)

	// Update changes one order atomically and returns what it became: no
	// other change comes between what change is given and what it makes of it.
	// An error of change is returned as it is, and nothing is stored. Change
	// must not touch the ID, nor call the repository, and may be called more
	// than once.
	Update(ctx context.Context, id uuid.UUID, change func(item *models.Order) error) (models.Order, error)

	// Delete deletes one order, unless check objects to it as it is now.
	// An error of check is returned as it is. Check, too, may be called more
	// than once.
	Delete(ctx context.Context, id uuid.UUID, check func(item models.Order) error) error
}

// Orders holds the use cases of orders.
type Orders struct {
	repo   OrderRepository
	events Publisher
}

// NewOrders returns the use cases of the orders in repo.
func NewOrders(repo OrderRepository, events Publisher) *Orders {
	return &Orders{repo: repo, events: events}
}

// Create stores a new order that belongs to the caller.
func (s *Orders) Create(ctx context.Context, fields models.OrderFields) (models.Order, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return models.Order{}, fmt.Errorf("draw an id: %w", err)
	}
	created := now()
	item := models.Order{ID: id, Version: 1, CreatedAt: created, UpdatedAt: created}
	item.OwnerID = reqctx.From(ctx).UserID
	item.OrderFields = storedOrder(fields)
	if err := s.repo.Create(ctx, item); err != nil {
		return models.Order{}, err
	}
	announce(ctx, s.events, "order", "created", item.ID)
	return item, nil
}

// Get returns one order.
func (s *Orders) Get(ctx context.Context, id uuid.UUID) (models.Order, error) {
	item, err := s.repo.Get(ctx, id)
	if err != nil {
		return models.Order{}, err
	}
	if err := s.checkOwner(ctx, item); err != nil {
		return models.Order{}, err
	}
	return item, nil
}

// List returns one page of the caller's orders that match the filter.
func (s *Orders) List(ctx context.Context, filter models.OrderFilter, page models.PageRequest) (models.Page[models.Order], error) {
	filter.OwnerID = reqctx.From(ctx).UserID
	// One item more than the page holds tells whether there is a next page.
	items, err := s.repo.List(ctx, filter, models.PageRequest{Limit: page.Limit + 1, After: page.After})
	if err != nil {
		return models.Page[models.Order]{}, err
	}
	return pageOf(items, page.Limit, func(item models.Order) uuid.UUID {
		return item.ID
	}), nil
}

// Update replaces the fields of one order. A version other than 0 is the one
// that the caller has seen; if it is not the current one any more, Update
// returns apperr.Stale.
func (s *Orders) Update(ctx context.Context, id uuid.UUID, version int64, fields models.OrderFields) (models.Order, error) {
	item, err := s.repo.Update(ctx, id, func(item *models.Order) error {
		if err := s.checkOwner(ctx, *item); err != nil {
			return err
		}
		if err := checkVersion(version, item.Version); err != nil {
			return err
		}
		item.Version++
		item.UpdatedAt = now()
		item.OrderFields = storedOrder(fields)
		return nil
	})
	if err != nil {
		return models.Order{}, err
	}
	announce(ctx, s.events, "order", "updated", item.ID)
	return item, nil
}

// Delete deletes one order. The version is that of Update.
func (s *Orders) Delete(ctx context.Context, id uuid.UUID, version int64) error {
	err := s.repo.Delete(ctx, id, func(item models.Order) error {
		if err := s.checkOwner(ctx, item); err != nil {
			return err
		}
		return checkVersion(version, item.Version)
	})
	if err != nil {
		return err
	}
	announce(ctx, s.events, "order", "deleted", id)
	return nil
}

// checkOwner returns the error of an order that does not exist, if it is
// not the caller's: nobody learns which ids are in use.
func (s *Orders) checkOwner(ctx context.Context, item models.Order) error {
	if item.OwnerID != reqctx.From(ctx).UserID {
		return apperr.New(apperr.NotFound, "order not found")
	}
	return nil
}

// storedOrder returns the fields the way a database gives them back.
func storedOrder(fields models.OrderFields) models.OrderFields {
	fields.PlacedAt = stored(fields.PlacedAt)
	return fields
}
