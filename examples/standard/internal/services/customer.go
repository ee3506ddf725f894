package services

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"example.com/shop-api/internal/auth"
	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/repository"
)

// Customers implements the use cases of customers. They require a signed-in
// caller, who has access to everything as an admin, and otherwise to what he owns.
type Customers struct {
	repo   repository.Customers
	events Publisher
}

// NewCustomers returns the use cases for the customers in repo.
func NewCustomers(repo repository.Customers, events Publisher) *Customers {
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
	item := models.Customer{
		ID:             id,
		OwnerID:        caller.ID,
		Version:        1,
		CreatedAt:      created,
		UpdatedAt:      created,
		CustomerFields: fields,
	}
	if err := s.repo.Create(ctx, item); err != nil {
		return models.Customer{}, err
	}
	announce(ctx, s.events, caller.ID, "customer.created", item.ID)
	return item, nil
}

// Get returns a customer.
func (s *Customers) Get(ctx context.Context, id uuid.UUID) (models.Customer, error) {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return models.Customer{}, err
	}
	return s.repo.Get(ctx, scopeOf(caller), id)
}

// List returns a page of the customers that a query selects among those of the caller.
func (s *Customers) List(ctx context.Context, query models.CustomerQuery) (models.Page[models.Customer], error) {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return models.Page[models.Customer]{}, err
	}
	query.Scope = scopeOf(caller)
	return pageOf(ctx, query.Page, models.PositionOfCustomer, func(ctx context.Context, page models.PageRequest) ([]models.Customer, error) {
		query.Page = page
		return s.repo.List(ctx, query)
	}, func(ctx context.Context) (int64, error) {
		return s.repo.Count(ctx, query)
	})
}

// Update replaces the fields of a customer. Version is the version that the
// caller has seen, or 0 for any. If it is not the current version, Update returns
// apperr.Stale.
func (s *Customers) Update(ctx context.Context, id uuid.UUID, version int64, fields models.CustomerFields) (models.Customer, error) {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return models.Customer{}, err
	}
	item, err := s.repo.Update(ctx, scopeOf(caller), id, version, fields, now())
	if err != nil {
		return models.Customer{}, err
	}
	announce(ctx, s.events, caller.ID, "customer.updated", item.ID)
	return item, nil
}

// Change changes some fields of a customer. Match decides, by the current version,
// whether the caller may change it. If not, Change returns apperr.Stale. If change
// returns an error, Change returns it unmodified and stores nothing. Change may be
// called more than once.
func (s *Customers) Change(ctx context.Context, id uuid.UUID, match func(version int64) bool, change func(fields *models.CustomerFields) error) (models.Customer, error) {
	return retryStale(func() (models.Customer, error) {
		item, err := s.Get(ctx, id)
		if err != nil {
			return models.Customer{}, err
		}
		if !match(item.Version) {
			return models.Customer{}, errNoMatch
		}
		if err := change(&item.CustomerFields); err != nil {
			return models.Customer{}, err
		}
		return s.Update(ctx, id, item.Version, item.CustomerFields)
	})
}

// Delete deletes a customer. Version has the same meaning as in Update.
func (s *Customers) Delete(ctx context.Context, id uuid.UUID, version int64) error {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return err
	}
	if err := s.repo.Delete(ctx, scopeOf(caller), id, version); err != nil {
		return err
	}
	announce(ctx, s.events, caller.ID, "customer.deleted", id)
	return nil
}

// DeleteOwned deletes all customers of a user.
func (s *Customers) DeleteOwned(ctx context.Context, owner uuid.UUID) error {
	scope := models.Scope{Owner: owner}
	return deleteOwned(ctx, func(ctx context.Context, page models.PageRequest) (ids []uuid.UUID, err error) {
		items, err := s.repo.List(ctx, models.CustomerQuery{Scope: scope, Page: page})
		for _, item := range items {
			ids = append(ids, item.ID)
		}
		return ids, err
	}, func(ctx context.Context, id uuid.UUID) error {
		if err := s.repo.Delete(ctx, scope, id, 0); err != nil {
			return err
		}
		announce(ctx, s.events, owner, "customer.deleted", id)
		return nil
	})
}
