package services

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/auth"
	"example.com/market-api/internal/models"
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

// Customers implements the use cases of customers. They require a signed-in
// caller.
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
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return models.Customer{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return models.Customer{}, fmt.Errorf("generate an ID: %w", err)
	}
	created := now()
	item := models.Customer{ID: id, Version: 1, CreatedAt: created, UpdatedAt: created}
	item.OwnerID = caller.ID
	item.CustomerFields = fields
	if err := s.repo.Create(ctx, item); err != nil {
		return models.Customer{}, err
	}
	announce(ctx, s.events, caller.ID, "customer", "created", item.ID)
	return item, nil
}

// Get returns the customer with the given ID.
func (s *Customers) Get(ctx context.Context, id uuid.UUID) (models.Customer, error) {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return models.Customer{}, err
	}
	item, err := s.repo.Get(ctx, id)
	if err != nil {
		return models.Customer{}, err
	}
	if err := checkCustomerAccess(caller, item); err != nil {
		return models.Customer{}, err
	}
	return item, nil
}

// List returns a page of the customers that match the filter. Unless the caller is an
// admin, it contains only those of the caller.
func (s *Customers) List(ctx context.Context, filter models.CustomerFilter, page models.PageRequest) (models.Page[models.Customer], error) {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return models.Page[models.Customer]{}, err
	}
	filter.OwnerID, filter.AnyOwner = caller.ID, caller.HasRole(models.RoleAdmin)
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
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return models.Customer{}, err
	}
	item, err := s.repo.Update(ctx, id, func(item *models.Customer) error {
		if err := checkCustomerAccess(caller, *item); err != nil {
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
	announce(ctx, s.events, caller.ID, "customer", "updated", item.ID)
	return item, nil
}

// Delete deletes one customer. Version has the same meaning as in Update.
func (s *Customers) Delete(ctx context.Context, id uuid.UUID, version int64) error {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return err
	}
	err = s.repo.Delete(ctx, id, func(item models.Customer) error {
		if err := checkCustomerAccess(caller, item); err != nil {
			return err
		}
		return checkVersion(version, item.Version)
	})
	if err != nil {
		return err
	}
	announce(ctx, s.events, caller.ID, "customer", "deleted", id)
	return nil
}

// checkCustomerAccess returns apperr.NotFound if the caller may not access the
// customer, so that callers cannot find out which IDs exist.
func checkCustomerAccess(caller auth.User, item models.Customer) error {
	if !caller.MayAccess(item.OwnerID) {
		return apperr.New(apperr.NotFound, "customer not found")
	}
	return nil
}

// DeleteOwned deletes all customers of a user.
func (s *Customers) DeleteOwned(ctx context.Context, owner uuid.UUID) error {
	return deleteOwned(ctx, func(ctx context.Context, page models.PageRequest) (int, error) {
		items, err := s.repo.List(ctx, models.CustomerFilter{OwnerID: owner}, page)
		for _, item := range items {
			if err := s.repo.Delete(ctx, item.ID, func(models.Customer) error { return nil }); err != nil && apperr.KindOf(err) != apperr.NotFound {
				return 0, err
			}
			announce(ctx, s.events, owner, "customer", "deleted", item.ID)
		}
		return len(items), err
	})
}
