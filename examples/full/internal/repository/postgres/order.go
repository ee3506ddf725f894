package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/market-api/internal/models"
)

// Orders stores orders in PostgreSQL.
type Orders struct {
	table *table[models.Order]
}

// NewOrders returns a repository of orders.
func NewOrders(pool *pgxpool.Pool) *Orders {
	return &Orders{table: newTable(pool, "orders", "order", columnsOfOrder)}
}

func columnsOfOrder(item *models.Order) []column {
	return []column{
		{"id", &item.ID},
		{"owner_id", &item.OwnerID},
		{"version", &item.Version},
		{"created_at", &item.CreatedAt},
		{"updated_at", &item.UpdatedAt},
		{"customer_id", &item.CustomerID},
		{"total", &item.Total},
		{"items_count", &item.ItemsCount},
		{"status", &item.Status},
		{"note", &item.Note},
		{"placed_at", &item.PlacedAt},
	}
}

// Create stores a new order.
func (r *Orders) Create(ctx context.Context, item models.Order) error {
	return r.table.create(ctx, item)
}

// Get returns the order with the given ID.
func (r *Orders) Get(ctx context.Context, id uuid.UUID) (models.Order, error) {
	return r.table.get(ctx, id)
}

// List returns a page of the orders that match the filter.
func (r *Orders) List(ctx context.Context, filter models.OrderFilter, page models.PageRequest) ([]models.Order, error) {
	var where conditions
	if !filter.AnyOwner {
		where.add("owner_id", "=", filter.OwnerID)
	}
	if filter.CustomerID != nil {
		where.add("customer_id", "=", *filter.CustomerID)
	}
	if filter.Status != nil {
		where.add("status", "=", *filter.Status)
	}
	return r.table.list(ctx, page, where)
}

// Update changes one order atomically.
func (r *Orders) Update(ctx context.Context, id uuid.UUID, change func(*models.Order) error) (models.Order, error) {
	return r.table.update(ctx, id, change)
}

// Delete deletes one order, unless check returns an error.
func (r *Orders) Delete(ctx context.Context, id uuid.UUID, check func(models.Order) error) error {
	return r.table.delete(ctx, id, check)
}
