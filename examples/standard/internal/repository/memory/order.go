package memory

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"example.com/shop-api/internal/models"
)

// Orders stores orders in memory.
type Orders struct {
	session session
}

// Create stores a new order.
func (r *Orders) Create(_ context.Context, item models.Order) error {
	return r.session.write(func(data *tables) error {
		if _, exists := data.orders[item.ID]; exists {
			return taken("order", "id")
		}
		return data.putOrder(item)
	})
}

// Get returns an order.
func (r *Orders) Get(_ context.Context, scope models.Scope, id uuid.UUID) (models.Order, error) {
	var item models.Order
	err := r.session.read(func(data *tables) (err error) {
		item, err = data.getOrder(scope, id)
		return err
	})
	return item, err
}

// List returns a page of orders.
func (r *Orders) List(_ context.Context, query models.OrderQuery) ([]models.Order, error) {
	var items []models.Order
	err := r.session.read(func(data *tables) error {
		items = data.orders.list(query.Page, models.PositionOfOrder, orderMatch(query))
		return nil
	})
	for i := range items {
		items[i] = copyOrder(items[i])
	}
	return items, err
}

// Count returns the number of orders on all pages.
func (r *Orders) Count(_ context.Context, query models.OrderQuery) (int64, error) {
	var count int64
	err := r.session.read(func(data *tables) error {
		count = data.orders.count(orderMatch(query))
		return nil
	})
	return count, err
}

// orderMatch returns a function that reports whether a query selects an order.
func orderMatch(query models.OrderQuery) func(models.Order) bool {
	return func(item models.Order) bool {
		return query.Scope.Includes(item.OwnerID) &&
			(query.Filter.Status == nil || item.Status == *query.Filter.Status) &&
			(query.Filter.CustomerID == nil || item.CustomerID == *query.Filter.CustomerID) &&
			(query.Filter.InvoiceToID == nil || item.InvoiceToID != nil && *item.InvoiceToID == *query.Filter.InvoiceToID) &&
			contain(query.Search, item.Note) &&
			between(query.Ranges.Total, &item.Total, decimal.Decimal.Cmp) &&
			between(query.Ranges.CreatedAt, &item.CreatedAt, time.Time.Compare) &&
			between(query.Ranges.UpdatedAt, &item.UpdatedAt, time.Time.Compare)
	}
}

// Update replaces the fields of an order.
func (r *Orders) Update(_ context.Context, scope models.Scope, id uuid.UUID, version int64, fields models.OrderFields, at time.Time) (models.Order, error) {
	var item models.Order
	err := r.session.write(func(data *tables) (err error) {
		item, err = data.getOrder(scope, id)
		if err != nil {
			return err
		}
		if version != 0 && version != item.Version {
			return errStale
		}
		item.OrderFields = fields
		item.Version++
		item.UpdatedAt = at
		return data.putOrder(item)
	})
	if err != nil {
		return models.Order{}, err
	}
	return item, nil
}

// Delete deletes an order.
func (r *Orders) Delete(_ context.Context, scope models.Scope, id uuid.UUID, version int64) error {
	return r.session.write(func(data *tables) error {
		item, err := data.getOrder(scope, id)
		if err != nil {
			return err
		}
		if version != 0 && version != item.Version {
			return errStale
		}
		return data.deleteOrder(id)
	})
}

// getOrder returns a copy of an order.
func (t *tables) getOrder(scope models.Scope, id uuid.UUID) (models.Order, error) {
	item, exists := t.orders[id]
	if !exists || !scope.Includes(item.OwnerID) {
		return models.Order{}, notFound("order")
	}
	return copyOrder(item), nil
}

// putOrder stores an order, unless it violates a constraint.
func (t *tables) putOrder(item models.Order) error {
	if target, exists := t.customers[item.CustomerID]; !exists || target.OwnerID != item.OwnerID {
		return missing("customer_id")
	}
	if item.InvoiceToID != nil {
		if target, exists := t.customers[*item.InvoiceToID]; !exists || target.OwnerID != item.OwnerID {
			return missing("invoice_to_id")
		}
	}
	t.orders[item.ID] = copyOrder(item)
	return nil
}

// deleteOrder deletes an order.
func (t *tables) deleteOrder(id uuid.UUID) error {
	delete(t.orders, id)
	return nil
}

// copyOrder returns a deep copy of an item.
func copyOrder(item models.Order) models.Order {
	item.InvoiceToID = clone(item.InvoiceToID)
	item.Note = clone(item.Note)
	return item
}
