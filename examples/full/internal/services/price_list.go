package services

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"example.com/market-api/internal/auth"
	"example.com/market-api/internal/models"
	"example.com/market-api/internal/repository"
)

// PriceLists implements the use cases of price lists. They require a signed-in
// caller, who has access to everything as an admin, and otherwise to what he owns.
type PriceLists struct {
	repo   repository.PriceLists
	events Publisher
}

// NewPriceLists returns the use cases for the price lists in repo.
func NewPriceLists(repo repository.PriceLists, events Publisher) *PriceLists {
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
	item := models.PriceList{
		ID:              id,
		OwnerID:         caller.ID,
		Version:         1,
		CreatedAt:       created,
		UpdatedAt:       created,
		PriceListFields: fields,
	}
	if err := s.repo.Create(ctx, item); err != nil {
		return models.PriceList{}, err
	}
	announce(ctx, s.events, caller.ID, "price_list.created", item.ID)
	return item, nil
}

// Get returns a price list.
func (s *PriceLists) Get(ctx context.Context, id uuid.UUID) (models.PriceList, error) {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return models.PriceList{}, err
	}
	return s.repo.Get(ctx, scopeOf(caller), id)
}

// List returns a page of the price lists that a query selects among those of the caller.
func (s *PriceLists) List(ctx context.Context, query models.PriceListQuery) (models.Page[models.PriceList], error) {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return models.Page[models.PriceList]{}, err
	}
	query.Scope = scopeOf(caller)
	return pageOf(ctx, query.Page, models.PositionOfPriceList, func(ctx context.Context, page models.PageRequest) ([]models.PriceList, error) {
		query.Page = page
		return s.repo.List(ctx, query)
	}, func(ctx context.Context) (int64, error) {
		return s.repo.Count(ctx, query)
	})
}

// Update replaces the fields of a price list. Version is the version that the
// caller has seen, or 0 for any. If it is not the current version, Update returns
// apperr.Stale.
func (s *PriceLists) Update(ctx context.Context, id uuid.UUID, version int64, fields models.PriceListFields) (models.PriceList, error) {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return models.PriceList{}, err
	}
	item, err := s.repo.Update(ctx, scopeOf(caller), id, version, fields, now())
	if err != nil {
		return models.PriceList{}, err
	}
	announce(ctx, s.events, caller.ID, "price_list.updated", item.ID)
	return item, nil
}

// Change changes some fields of a price list. Match decides, by the current version,
// whether the caller may change it. If not, Change returns apperr.Stale. If change
// returns an error, Change returns it unmodified and stores nothing. Change may be
// called more than once.
func (s *PriceLists) Change(ctx context.Context, id uuid.UUID, match func(version int64) bool, change func(fields *models.PriceListFields) error) (models.PriceList, error) {
	return retryStale(func() (models.PriceList, error) {
		item, err := s.Get(ctx, id)
		if err != nil {
			return models.PriceList{}, err
		}
		if !match(item.Version) {
			return models.PriceList{}, errNoMatch
		}
		if err := change(&item.PriceListFields); err != nil {
			return models.PriceList{}, err
		}
		return s.Update(ctx, id, item.Version, item.PriceListFields)
	})
}

// Delete deletes a price list. Version has the same meaning as in Update.
func (s *PriceLists) Delete(ctx context.Context, id uuid.UUID, version int64) error {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return err
	}
	if err := s.repo.Delete(ctx, scopeOf(caller), id, version); err != nil {
		return err
	}
	announce(ctx, s.events, caller.ID, "price_list.deleted", id)
	return nil
}

// DeleteOwned deletes all price lists of a user.
func (s *PriceLists) DeleteOwned(ctx context.Context, owner uuid.UUID) error {
	scope := models.Scope{Owner: owner}
	return deleteOwned(ctx, func(ctx context.Context, page models.PageRequest) (ids []uuid.UUID, err error) {
		items, err := s.repo.List(ctx, models.PriceListQuery{Scope: scope, Page: page})
		for _, item := range items {
			ids = append(ids, item.ID)
		}
		return ids, err
	}, func(ctx context.Context, id uuid.UUID) error {
		if err := s.repo.Delete(ctx, scope, id, 0); err != nil {
			return err
		}
		announce(ctx, s.events, owner, "price_list.deleted", id)
		return nil
	})
}
