package memory

import (
	"context"

	"github.com/google/uuid"

	"example.com/market-api/internal/models"
)

// Orders stores orders in memory.
type Orders struct {
	table *table[models.Order]
}

// NewOrders returns an empty repository.
func NewOrders() *Orders {
	return &Orders{table: newTable("order", copyOrder)}
}

// Create stores a new order.
func (r *Orders) Create(_ context.Context, item models.Order) error {
	return r.table.create(item.ID, item)
}

// Get returns the order with the given ID.
func (r *Orders) Get(_ context.Context, id uuid.UUID) (models.Order, error) {
	return r.table.get(id)
}

// List returns a page of the orders that match the filter.
func (r *Orders) List(_ context.Context, filter models.OrderFilter, page models.PageRequest) ([]models.Order, error) {
	return r.table.list(page, func(item models.Order) bool {
		return (filter.AnyOwner || item.OwnerID == filter.OwnerID) &&
			(filter.CustomerID == nil || item.CustomerID == *filter.CustomerID) &&
			(filter.Status == nil || item.Status == *filter.Status)
	}), nil
}

// Update changes one order atomically.
func (r *Orders) Update(_ context.Context, id uuid.UUID, change func(*models.Order) error) (models.Order, error) {
	return r.table.update(id, change)
}

// Delete deletes one order, unless check returns an error.
func (r *Orders) Delete(_ context.Context, id uuid.UUID, check func(models.Order) error) error {
	return r.table.delete(id, check)
}

// copyOrder returns a deep copy of an item.
func copyOrder(item models.Order) models.Order {
	if item.Note != nil {
		item.Note = new(*item.Note)
	}
	return item
}
