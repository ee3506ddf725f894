package services

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/models"
	"example.com/market-api/internal/reqctx"
)

// CustomerRepository stores customers. One that does not exist is
// apperr.NotFound, a unique field that is taken is apperr.Conflict and names
// the field, and a database that does not answer is apperr.Unavailable.
// What another owner has is not taken.
type CustomerRepository interface {
	// Create stores a new customer.
	Create(ctx context.Context, item models.Customer) error

	// Get returns the customer with an id.
	Get(ctx context.Context, id uuid.UUID) (models.Customer, error)

	// List returns up to page.Limit of the customers that match the filter,
	// newest first.
	List(ctx context.Context, filter models.CustomerFilter, page models.PageRequest) ([]models.Customer, error)

	// Update changes one customer atomically and returns what it became: no
	// other change comes between what change is given and what it makes of it.
	// An error of change is returned as it is, and nothing is stored. Change
	// must not touch the ID, nor call the repository, and may be called more
	// than once.
	Update(ctx context.Context, id uuid.UUID, change func(item *models.Customer) error) (models.Customer, error)

	// Delete deletes one customer, unless check objects to it as it is now.
	// An error of check is returned as it is. Check, too, may be called more
	// than once.
	Delete(ctx context.Context, id uuid.UUID, check func(item models.Customer) error) error
}

// Customers holds the use cases of customers.
type Customers struct {
	repo   CustomerRepository
	events Publisher
}

// NewCustomers returns the use cases of the customers in repo.
func NewCustomers(repo CustomerRepository, events Publisher) *Customers {
	return &Customers{repo: repo, events: events}
}

// Create stores a new customer that belongs to the caller.
func (s *Customers) Create(ctx context.Context, fields models.CustomerFields) (models.Customer, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return models.Customer{}, fmt.Errorf("draw an id: %w", err)
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

// Get returns one customer.
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

// List returns one page of the caller's customers that match the filter.
func (s *Customers) List(ctx context.Context, filter models.CustomerFilter, page models.PageRequest) (models.Page[models.Customer], error) {
	filter.OwnerID = reqctx.From(ctx).UserID
	// One item more than the page holds tells whether there is a next page.
	items, err := s.repo.List(ctx, filter, models.PageRequest{Limit: page.Limit + 1, After: page.After})
	if err != nil {
		return models.Page[models.Customer]{}, err
	}
	return pageOf(items, page.Limit, func(item models.Customer) uuid.UUID {
		return item.ID
	}), nil
}

// Update replaces the fields of one customer. A version other than 0 is the one
// that the caller has seen; if it is not the current one any more, Update
// returns apperr.Stale.
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

// Delete deletes one customer. The version is that of Update.
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

// checkOwner returns the error of a customer that does not exist, if it is
// not the caller's: nobody learns which ids are in use.
func (s *Customers) checkOwner(ctx context.Context, item models.Customer) error {
	if item.OwnerID != reqctx.From(ctx).UserID {
		return apperr.New(apperr.NotFound, "customer not found")
	}
	return nil
}
