package memory

import (
	"context"

	"github.com/google/uuid"

	"example.com/market-api/internal/models"
)

// PriceLists stores price lists in memory.
type PriceLists struct {
	table *table[models.PriceList]
}

// NewPriceLists returns an empty repository.
func NewPriceLists() *PriceLists {
	return &PriceLists{table: newTable("price list", copyPriceList,
		newUnique("title", func(item models.PriceList) any {
			return [2]any{item.OwnerID, item.Title}
		}),
	)}
}

// Create stores a new price list.
func (r *PriceLists) Create(_ context.Context, item models.PriceList) error {
	return r.table.create(item.ID, item)
}

// Get returns the price list with the given ID.
func (r *PriceLists) Get(_ context.Context, id uuid.UUID) (models.PriceList, error) {
	return r.table.get(id)
}

// List returns a page of the price lists that match the filter.
func (r *PriceLists) List(_ context.Context, filter models.PriceListFilter, page models.PageRequest) ([]models.PriceList, error) {
	return r.table.list(page, func(item models.PriceList) bool {
		return (filter.AnyOwner || item.OwnerID == filter.OwnerID) &&
			(filter.Currency == nil || item.Currency == *filter.Currency) &&
			(filter.Title == nil || item.Title == *filter.Title)
	}), nil
}

// Update changes one price list atomically.
func (r *PriceLists) Update(_ context.Context, id uuid.UUID, change func(*models.PriceList) error) (models.PriceList, error) {
	return r.table.update(id, change)
}

// Delete deletes one price list, unless check returns an error.
func (r *PriceLists) Delete(_ context.Context, id uuid.UUID, check func(models.PriceList) error) error {
	return r.table.delete(id, check)
}

// copyPriceList returns a deep copy of an item.
func copyPriceList(item models.PriceList) models.PriceList {
	if item.Discount != nil {
		item.Discount = new(*item.Discount)
	}
	return item
}
