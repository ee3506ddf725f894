package services

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/models"
	"example.com/market-api/internal/reqctx"
)

// CustomerRepository stores customers. Its methods return apperr.NotFound if
// the item does not exist, apperr.Conflict with the name of the field if the value
// of a unique field is taken, and apperr.Unavailable if the database does not
// respond.
// Values that belong to another owner are not taken.
type CustomerRepository interface {
	// Create stores a new customer.
	Create(ctx context.Context, item models.Customer) error

	// Get returns the customer with the given ID.
	Get(ctx context.Context, id uuid.UUID) (models.Customer, error)

	// List returns up to page.Limit customers that match the filter, newest first.
	List(ctx context.Context, filter models.CustomerFilter, page models.PageRequest) ([]models.Customer, error)

	// Update changes one customer atomically and returns the result. No other
	// change can occur between the value passed to change and the update. If change
	// returns an error, Update returns it unmodified and stores nothing. Change must
	// not modify the ID or call the repository. It may be called more than once.
	// than once.
	Update(ctx context.Context, id uuid.UUID, change func(item *models.Customer) error) (models.Customer, error)

	// Delete deletes one customer, unless check returns an error for its current
	// state, which Delete returns unmodified. Check may be called more than once.
	Delete(ctx context.Context, id uuid.UUID, check func(item models.Customer) error) error
}

// Customers implements the use cases of customers.
type Customers struct {
	repo   CustomerRepository
	events Publisher
}

// NewCustomers returns the use cases for the customers in repo.
func NewCustomers(repo CustomerRepository, events Publisher) *Customers {
	return &Customers{repo: repo, events: events}
}

// Create stores a new customer that the caller owns.
func (s *Customers) Create(ctx context.Context, fields models.CustomerFields) (models.Customer, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return models.Customer{}, fmt.Errorf("generate an ID: %w", err)
	}
	created := now()
	item := models.Customer{ID: id, Version: 1, CreatedAt: created, UpdatedAt: created}
	item.OwnerID = reqctx.From(ctx).UserID
	item.CustomerFields = fields
	if err := s.repo.Create(ctx, item); err != nil {
		return models.Customer{}, err
	}
	announce(ctx, s.events, "customer", "created", item.ID)
	return item, nil
}

// Get returns the customer with the given ID.
func (s *Customers) Get(ctx context.Context, id uuid.UUID) (models.Customer, error) {
	item, err := s.repo.Get(ctx, id)
	if err != nil {
		return models.Customer{}, err
	}
	if err := s.checkOwner(ctx, item); err != nil {
		return models.Customer{}, err
	}
	return item, nil
}

// List returns a page of the caller's customers that match the filter.
func (s *Customers) List(ctx context.Context, filter models.CustomerFilter, page models.PageRequest) (models.Page[models.Customer], error) {
	filter.OwnerID = reqctx.From(ctx).UserID
	// Request one more item, to find out whether there is another page.
	items, err := s.repo.List(ctx, filter, models.PageRequest{Limit: page.Limit + 1, After: page.After})
	if err != nil {
		return models.Page[models.Customer]{}, err
	}
	return pageOf(items, page.Limit, func(item models.Customer) uuid.UUID {
		return item.ID
	}), nil
}

// Update replaces the fields of one customer. Version is the version that the
// caller has seen, or 0 for any. If it is not the current version, Update returns
// apperr.Stale.
func (s *Customers) Update(ctx context.Context, id uuid.UUID, version int64, fields models.CustomerFields) (models.Customer, error) {
	item, err := s.repo.Update(ctx, id, func(item *models.Customer) error {
		if err := s.checkOwner(ctx, *item); err != nil {
			return err
		}
		if err := checkVersion(version, item.Version); err != nil {
			return err
		}
		item.Version++
		item.UpdatedAt = now()
		item.CustomerFields = fields
		return nil
	})
	if err != nil {
		return models.Customer{}, err
	}
	announce(ctx, s.events, "customer", "updated", item.ID)
	return item, nil
}

// Delete deletes one customer. Version has the same meaning as in Update.
func (s *Customers) Delete(ctx context.Context, id uuid.UUID, version int64) error {
	err := s.repo.Delete(ctx, id, func(item models.Customer) error {
		if err := s.checkOwner(ctx, item); err != nil {
			return err
		}
		return checkVersion(version, item.Version)
	})
	if err != nil {
		return err
	}
	announce(ctx, s.events, "customer", "deleted", id)
	return nil
}

// checkOwner returns apperr.NotFound if the caller is not the owner of the
// customer, so that callers cannot find out which IDs exist.
func (s *Customers) checkOwner(ctx context.Context, item models.Customer) error {
	if item.OwnerID != reqctx.From(ctx).UserID {
		return apperr.New(apperr.NotFound, "customer not found")
	}
	return nil
}
