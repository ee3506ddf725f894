package memory

import (
	"cmp"
	"context"
	"time"

	"github.com/google/uuid"

	"example.com/market-api/internal/models"
)

// PriceLists stores price lists in memory.
type PriceLists struct {
	session session
}

// Create stores a new price list.
func (r *PriceLists) Create(_ context.Context, item models.PriceList) error {
	return r.session.write(func(data *tables) error {
		if _, exists := data.priceLists[item.ID]; exists {
			return taken("price list", "id")
		}
		return data.putPriceList(item)
	})
}

// Get returns a price list.
func (r *PriceLists) Get(_ context.Context, scope models.Scope, id uuid.UUID) (models.PriceList, error) {
	var item models.PriceList
	err := r.session.read(func(data *tables) (err error) {
		item, err = data.getPriceList(scope, id)
		return err
	})
	return item, err
}

// List returns a page of price lists.
func (r *PriceLists) List(_ context.Context, query models.PriceListQuery) ([]models.PriceList, error) {
	var items []models.PriceList
	err := r.session.read(func(data *tables) error {
		items = data.priceLists.list(query.Page, models.PositionOfPriceList, priceListMatch(query))
		return nil
	})
	for i := range items {
		items[i] = copyPriceList(items[i])
	}
	return items, err
}

// Count returns the number of price lists on all pages.
func (r *PriceLists) Count(_ context.Context, query models.PriceListQuery) (int64, error) {
	var count int64
	err := r.session.read(func(data *tables) error {
		count = data.priceLists.count(priceListMatch(query))
		return nil
	})
	return count, err
}

// priceListMatch returns a function that reports whether a query selects a price list.
func priceListMatch(query models.PriceListQuery) func(models.PriceList) bool {
	return func(item models.PriceList) bool {
		return query.Scope.Includes(item.OwnerID) &&
			(query.Filter.Currency == nil || item.Currency == *query.Filter.Currency) &&
			(query.Filter.Title == nil || item.Title == *query.Filter.Title) &&
			between(query.Ranges.Discount, item.Discount, cmp.Compare[float64]) &&
			between(query.Ranges.ValidFrom, &item.ValidFrom, models.Date.Compare) &&
			between(query.Ranges.CreatedAt, &item.CreatedAt, time.Time.Compare) &&
			between(query.Ranges.UpdatedAt, &item.UpdatedAt, time.Time.Compare)
	}
}

// Update replaces the fields of a price list.
func (r *PriceLists) Update(_ context.Context, scope models.Scope, id uuid.UUID, version int64, fields models.PriceListFields, at time.Time) (models.PriceList, error) {
	var item models.PriceList
	err := r.session.write(func(data *tables) (err error) {
		item, err = data.getPriceList(scope, id)
		if err != nil {
			return err
		}
		if version != 0 && version != item.Version {
			return errStale
		}
		item.PriceListFields = fields
		item.Version++
		item.UpdatedAt = at
		return data.putPriceList(item)
	})
	if err != nil {
		return models.PriceList{}, err
	}
	return item, nil
}

// Delete deletes a price list.
func (r *PriceLists) Delete(_ context.Context, scope models.Scope, id uuid.UUID, version int64) error {
	return r.session.write(func(data *tables) error {
		item, err := data.getPriceList(scope, id)
		if err != nil {
			return err
		}
		if version != 0 && version != item.Version {
			return errStale
		}
		return data.deletePriceList(id)
	})
}

// getPriceList returns a copy of a price list.
func (t *tables) getPriceList(scope models.Scope, id uuid.UUID) (models.PriceList, error) {
	item, exists := t.priceLists[id]
	if !exists || !scope.Includes(item.OwnerID) {
		return models.PriceList{}, notFound("price list")
	}
	return copyPriceList(item), nil
}

// putPriceList stores a price list, unless it violates a constraint.
func (t *tables) putPriceList(item models.PriceList) error {
	if t.priceLists.any(func(id uuid.UUID, other models.PriceList) bool {
		return id != item.ID && other.OwnerID == item.OwnerID && other.Title == item.Title
	}) {
		return taken("price list", "title")
	}
	t.priceLists[item.ID] = copyPriceList(item)
	return nil
}

// deletePriceList deletes a price list.
func (t *tables) deletePriceList(id uuid.UUID) error {
	delete(t.priceLists, id)
	return nil
}

// copyPriceList returns a deep copy of an item.
func copyPriceList(item models.PriceList) models.PriceList {
	item.Discount = clone(item.Discount)
	return item
}
