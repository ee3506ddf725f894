package services

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/models"
	"example.com/market-api/internal/reqctx"
)

// PriceListRepository stores price lists. One that does not exist is
// apperr.NotFound, a unique field that is taken is apperr.Conflict and names
// the field, and a database that does not answer is apperr.Unavailable.
// What another owner has is not taken.
type PriceListRepository interface {
	// Create stores a new price list.
	Create(ctx context.Context, item models.PriceList) error

	// Get returns the price list with an id.
	Get(ctx context.Context, id uuid.UUID) (models.PriceList, error)

	// List returns up to page.Limit of the price lists that match the filter,
	// newest first.
	List(ctx context.Context, filter models.PriceListFilter, page models.PageRequest) ([]models.PriceList, error)

	// Update changes one price list atomically and returns what it became: no
	// other change comes between what change is given and what it makes of it.
	// An error of change is returned as it is, and nothing is stored. Change
	// must not touch the ID, nor call the repository, and may be called more
	// than once.
	Update(ctx context.Context, id uuid.UUID, change func(item *models.PriceList) error) (models.PriceList, error)

	// Delete deletes one price list, unless check objects to it as it is now.
	// An error of check is returned as it is. Check, too, may be called more
	// than once.
	Delete(ctx context.Context, id uuid.UUID, check func(item models.PriceList) error) error
}

// PriceLists holds the use cases of price lists.
type PriceLists struct {
	repo   PriceListRepository
	events Publisher
}

// NewPriceLists returns the use cases of the price lists in repo.
func NewPriceLists(repo PriceListRepository, events Publisher) *PriceLists {
	return &PriceLists{repo: repo, events: events}
}

// Create stores a new price list that belongs to the caller.
func (s *PriceLists) Create(ctx context.Context, fields models.PriceListFields) (models.PriceList, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return models.PriceList{}, fmt.Errorf("draw an id: %w", err)
	}
	created := now()
	item := models.PriceList{ID: id, Version: 1, CreatedAt: created, UpdatedAt: created}
	item.OwnerID = reqctx.From(ctx).UserID
	item.PriceListFields = fields
	if err := s.repo.Create(ctx, item); err != nil {
		return models.PriceList{}, err
	}
	announce(ctx, s.events, "price_list", "created", item.ID)
	return item, nil
}

// Get returns one price list.
func (s *PriceLists) Get(ctx context.Context, id uuid.UUID) (models.PriceList, error) {
	item, err := s.repo.Get(ctx, id)
	if err != nil {
		return models.PriceList{}, err
	}
	if err := s.checkOwner(ctx, item); err != nil {
		return models.PriceList{}, err
	}
	return item, nil
}

// List returns one page of the caller's price lists that match the filter.
func (s *PriceLists) List(ctx context.Context, filter models.PriceListFilter, page models.PageRequest) (models.Page[models.PriceList], error) {
	filter.OwnerID = reqctx.From(ctx).UserID
	// One item more than the page holds tells whether there is a next page.
	items, err := s.repo.List(ctx, filter, models.PageRequest{Limit: page.Limit + 1, After: page.After})
	if err != nil {
		return models.Page[models.PriceList]{}, err
	}
	return pageOf(items, page.Limit, func(item models.PriceList) uuid.UUID {
		return item.ID
	}), nil
}

// Update replaces the fields of one price list. A version other than 0 is the one
// that the caller has seen; if it is not the current one any more, Update
// returns apperr.Stale.
func (s *PriceLists) Update(ctx context.Context, id uuid.UUID, version int64, fields models.PriceListFields) (models.PriceList, error) {
	item, err := s.repo.Update(ctx, id, func(item *models.PriceList) error {
		if err := s.checkOwner(ctx, *item); err != nil {
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
	announce(ctx, s.events, "price_list", "updated", item.ID)
	return item, nil
}

// Delete deletes one price list. The version is that of Update.
func (s *PriceLists) Delete(ctx context.Context, id uuid.UUID, version int64) error {
	err := s.repo.Delete(ctx, id, func(item models.PriceList) error {
		if err := s.checkOwner(ctx, item); err != nil {
			return err
		}
		return checkVersion(version, item.Version)
	})
	if err != nil {
		return err
	}
	announce(ctx, s.events, "price_list", "deleted", id)
	return nil
}

// checkOwner returns the error of a price list that does not exist, if it is
// not the caller's: nobody learns which ids are in use.
func (s *PriceLists) checkOwner(ctx context.Context, item models.PriceList) error {
	if item.OwnerID != reqctx.From(ctx).UserID {
		return apperr.New(apperr.NotFound, "price list not found")
	}
	return nil
}
