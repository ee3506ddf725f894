package services

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/auth"
	"example.com/market-api/internal/models"
)

// PriceListRepository stores price lists. Its methods return apperr.NotFound if
// the item does not exist, apperr.Conflict with the name of the field if the value
// of a unique field is taken, and apperr.Unavailable if the database does not
// respond.
// Values that belong to another owner are not taken.
type PriceListRepository interface {
	// Create stores a new price list.
	Create(ctx context.Context, item models.PriceList) error

	// Get returns the price list with the given ID.
	Get(ctx context.Context, id uuid.UUID) (models.PriceList, error)

	// List returns up to page.Limit price lists that match the filter, newest first.
	List(ctx context.Context, filter models.PriceListFilter, page models.PageRequest) ([]models.PriceList, error)

	// Update changes one price list atomically and returns the result. No other
	// change can occur between the value passed to change and the update. If change
	// returns an error, Update returns it unmodified and stores nothing. Change must
	// not modify the ID or call the repository. It may be called more than once.
	// than once.
	Update(ctx context.Context, id uuid.UUID, change func(item *models.PriceList) error) (models.PriceList, error)

	// Delete deletes one price list, unless check returns an error for its current
	// state, which Delete returns unmodified. Check may be called more than once.
	Delete(ctx context.Context, id uuid.UUID, check func(item models.PriceList) error) error
}

// PriceLists implements the use cases of price lists. They require a signed-in
// caller.
type PriceLists struct {
	repo   PriceListRepository
	events Publisher
}

// NewPriceLists returns the use cases for the price lists in repo.
func NewPriceLists(repo PriceListRepository, events Publisher) *PriceLists {
	return &PriceLists{repo: repo, events: events}
}

// Create stores a new price list that the caller owns.
func (s *PriceLists) Create(ctx context.Context, fields models.PriceListFields) (models.PriceList, error) {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return models.PriceList{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return models.PriceList{}, fmt.Errorf("generate an ID: %w", err)
	}
	created := now()
	item := models.PriceList{ID: id, Version: 1, CreatedAt: created, UpdatedAt: created}
	item.OwnerID = caller.ID
	item.PriceListFields = fields
	if err := s.repo.Create(ctx, item); err != nil {
		return models.PriceList{}, err
	}
	announce(ctx, s.events, caller.ID, "price_list", "created", item.ID)
	return item, nil
}

// Get returns the price list with the given ID.
func (s *PriceLists) Get(ctx context.Context, id uuid.UUID) (models.PriceList, error) {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return models.PriceList{}, err
	}
	item, err := s.repo.Get(ctx, id)
	if err != nil {
		return models.PriceList{}, err
	}
	if err := checkPriceListAccess(caller, item); err != nil {
		return models.PriceList{}, err
	}
	return item, nil
}

// List returns a page of the price lists that match the filter. Unless the caller is an
// admin, it contains only those of the caller.
func (s *PriceLists) List(ctx context.Context, filter models.PriceListFilter, page models.PageRequest) (models.Page[models.PriceList], error) {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return models.Page[models.PriceList]{}, err
	}
	filter.OwnerID, filter.AnyOwner = caller.ID, caller.HasRole(models.RoleAdmin)
	// Request one more item, to find out whether there is another page.
	items, err := s.repo.List(ctx, filter, models.PageRequest{Limit: page.Limit + 1, After: page.After})
	if err != nil {
		return models.Page[models.PriceList]{}, err
	}
	return pageOf(items, page.Limit, func(item models.PriceList) uuid.UUID {
		return item.ID
	}), nil
}

// Update replaces the fields of one price list. Version is the version that the
// caller has seen, or 0 for any. If it is not the current version, Update returns
// apperr.Stale.
func (s *PriceLists) Update(ctx context.Context, id uuid.UUID, version int64, fields models.PriceListFields) (models.PriceList, error) {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return models.PriceList{}, err
	}
	item, err := s.repo.Update(ctx, id, func(item *models.PriceList) error {
		if err := checkPriceListAccess(caller, *item); err != nil {
			return err
		}
		if err := checkVersion(version, item.Version); err != nil {
			return err
		}
		item.Version++
		item.UpdatedAt = now()
		item.PriceListFields = fields
		return nil
	})
	if err != nil {
		return models.PriceList{}, err
	}
	announce(ctx, s.events, caller.ID, "price_list", "updated", item.ID)
	return item, nil
}

// Delete deletes one price list. Version has the same meaning as in Update.
func (s *PriceLists) Delete(ctx context.Context, id uuid.UUID, version int64) error {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return err
	}
	err = s.repo.Delete(ctx, id, func(item models.PriceList) error {
		if err := checkPriceListAccess(caller, item); err != nil {
			return err
		}
		return checkVersion(version, item.Version)
	})
	if err != nil {
		return err
	}
	announce(ctx, s.events, caller.ID, "price_list", "deleted", id)
	return nil
}

// checkPriceListAccess returns apperr.NotFound if the caller may not access the
// price list, so that callers cannot find out which IDs exist.
func checkPriceListAccess(caller auth.User, item models.PriceList) error {
	if !caller.MayAccess(item.OwnerID) {
		return apperr.New(apperr.NotFound, "price list not found")
	}
	return nil
}

// DeleteOwned deletes all price lists of a user.
func (s *PriceLists) DeleteOwned(ctx context.Context, owner uuid.UUID) error {
	return deleteOwned(ctx, func(ctx context.Context, page models.PageRequest) (int, error) {
		items, err := s.repo.List(ctx, models.PriceListFilter{OwnerID: owner}, page)
		for _, item := range items {
			if err := s.repo.Delete(ctx, item.ID, func(models.PriceList) error { return nil }); err != nil && apperr.KindOf(err) != apperr.NotFound {
				return 0, err
			}
			announce(ctx, s.events, owner, "price_list", "deleted", item.ID)
		}
		return len(items), err
	})
}
