package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/market-api/internal/models"
	"example.com/market-api/internal/repository/pgerr"
)

// PriceLists stores price lists in PostgreSQL.
type PriceLists struct {
	table *table[models.PriceList]
}

// NewPriceLists returns a repository of price lists.
func NewPriceLists(pool *pgxpool.Pool) *PriceLists {
	return &PriceLists{table: newTable(pool, "price_lists", "price list", columnsOfPriceList,
		pgerr.Unique{Field: "title", Constraint: "price_lists__title_key"},
	)}
}

func columnsOfPriceList(item *models.PriceList) []column {
	return []column{
		{"id", &item.ID},
		{"owner_id", &item.OwnerID},
		{"version", &item.Version},
		{"created_at", &item.CreatedAt},
		{"updated_at", &item.UpdatedAt},
		{"title", &item.Title},
		{"currency", &item.Currency},
		{"discount", &item.Discount},
		{"valid_from", &item.ValidFrom},
	}
}

// Create stores a new price list.
func (r *PriceLists) Create(ctx context.Context, item models.PriceList) error {
	return r.table.create(ctx, item)
}

// Get returns the price list with the given ID.
func (r *PriceLists) Get(ctx context.Context, id uuid.UUID) (models.PriceList, error) {
	return r.table.get(ctx, id)
}

// List returns a page of the price lists that match the filter.
func (r *PriceLists) List(ctx context.Context, filter models.PriceListFilter, page models.PageRequest) ([]models.PriceList, error) {
	var where conditions
	if !filter.AnyOwner {
		where.add("owner_id", "=", filter.OwnerID)
	}
	if filter.Currency != nil {
		where.add("currency", "=", *filter.Currency)
	}
	if filter.Title != nil {
		where.add("title", "=", *filter.Title)
	}
	return r.table.list(ctx, page, where)
}

// Update changes one price list atomically.
func (r *PriceLists) Update(ctx context.Context, id uuid.UUID, change func(*models.PriceList) error) (models.PriceList, error) {
	return r.table.update(ctx, id, change)
}

// Delete deletes one price list, unless check returns an error.
func (r *PriceLists) Delete(ctx context.Context, id uuid.UUID, check func(models.PriceList) error) error {
	return r.table.delete(ctx, id, check)
}
