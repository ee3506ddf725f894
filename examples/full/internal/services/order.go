package services

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/auth"
	"example.com/market-api/internal/models"
)

// OrderRepository stores orders. Its methods return apperr.NotFound if
// the item does not exist, apperr.Conflict with the name of the field if the value
// of a unique field is taken, and apperr.Unavailable if the database does not
// respond.
type OrderRepository interface {
	// Create stores a new order.
	Create(ctx context.Context, item models.Order) error

	// Get returns the order with the given ID.
	Get(ctx context.Context, id uuid.UUID) (models.Order, error)

	// List returns up to page.Limit orders that match the filter, newest first.
	List(ctx context.Context, filter models.OrderFilter, page models.PageRequest) ([]models.Order, error)

	// Update changes one order atomically and returns the result. No other
	// change can occur between the value passed to change and the update. If change
	// returns an error, Update returns it unmodified and stores nothing. Change must
	// not modify the ID or call the repository. It may be called more than once.
	// than once.
	Update(ctx context.Context, id uuid.UUID, change func(item *models.Order) error) (models.Order, error)

	// Delete deletes one order, unless check returns an error for its current
	// state, which Delete returns unmodified. Check may be called more than once.
	Delete(ctx context.Context, id uuid.UUID, check func(item models.Order) error) error
}

// Orders implements the use cases of orders. They require a signed-in
// caller.
type Orders struct {
	repo   OrderRepository
	events Publisher
}

// NewOrders returns the use cases for the orders in repo.
func NewOrders(repo OrderRepository, events Publisher) *Orders {
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
	item := models.Order{ID: id, Version: 1, CreatedAt: created, UpdatedAt: created}
	item.OwnerID = caller.ID
	item.OrderFields = storedOrder(fields)
	if err := s.repo.Create(ctx, item); err != nil {
		return models.Order{}, err
	}
	announce(ctx, s.events, caller.ID, "order", "created", item.ID)
	return item, nil
}

// Get returns the order with the given ID.
func (s *Orders) Get(ctx context.Context, id uuid.UUID) (models.Order, error) {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return models.Order{}, err
	}
	item, err := s.repo.Get(ctx, id)
	if err != nil {
		return models.Order{}, err
	}
	if err := checkOrderAccess(caller, item); err != nil {
		return models.Order{}, err
	}
	return item, nil
}

// List returns a page of the orders that match the filter. Unless the caller is an
// admin, it contains only those of the caller.
func (s *Orders) List(ctx context.Context, filter models.OrderFilter, page models.PageRequest) (models.Page[models.Order], error) {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return models.Page[models.Order]{}, err
	}
	filter.OwnerID, filter.AnyOwner = caller.ID, caller.HasRole(models.RoleAdmin)
	// Request one more item, to find out whether there is another page.
	items, err := s.repo.List(ctx, filter, models.PageRequest{Limit: page.Limit + 1, After: page.After})
	if err != nil {
		return models.Page[models.Order]{}, err
	}
	return pageOf(items, page.Limit, func(item models.Order) uuid.UUID {
		return item.ID
	}), nil
}

// Update replaces the fields of one order. Version is the version that the
// caller has seen, or 0 for any. If it is not the current version, Update returns
// apperr.Stale.
func (s *Orders) Update(ctx context.Context, id uuid.UUID, version int64, fields models.OrderFields) (models.Order, error) {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return models.Order{}, err
	}
	item, err := s.repo.Update(ctx, id, func(item *models.Order) error {
		if err := checkOrderAccess(caller, *item); err != nil {
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
	announce(ctx, s.events, caller.ID, "order", "updated", item.ID)
	return item, nil
}

// Delete deletes one order. Version has the same meaning as in Update.
func (s *Orders) Delete(ctx context.Context, id uuid.UUID, version int64) error {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return err
	}
	err = s.repo.Delete(ctx, id, func(item models.Order) error {
		if err := checkOrderAccess(caller, item); err != nil {
			return err
		}
		return checkVersion(version, item.Version)
	})
	if err != nil {
		return err
	}
	announce(ctx, s.events, caller.ID, "order", "deleted", id)
	return nil
}

// checkOrderAccess returns apperr.NotFound if the caller may not access the
// order, so that callers cannot find out which IDs exist.
func checkOrderAccess(caller auth.User, item models.Order) error {
	if !caller.MayAccess(item.OwnerID) {
		return apperr.New(apperr.NotFound, "order not found")
	}
	return nil
}

// DeleteOwned deletes all orders of a user.
func (s *Orders) DeleteOwned(ctx context.Context, owner uuid.UUID) error {
	return deleteOwned(ctx, func(ctx context.Context, page models.PageRequest) (int, error) {
		items, err := s.repo.List(ctx, models.OrderFilter{OwnerID: owner}, page)
		for _, item := range items {
			if err := s.repo.Delete(ctx, item.ID, func(models.Order) error { return nil }); err != nil && apperr.KindOf(err) != apperr.NotFound {
				return 0, err
			}
			announce(ctx, s.events, owner, "order", "deleted", item.ID)
		}
		return len(items), err
	})
}

// storedOrder returns the fields in the form that databases return.
func storedOrder(fields models.OrderFields) models.OrderFields {
	fields.PlacedAt = stored(fields.PlacedAt)
	return fields
}
