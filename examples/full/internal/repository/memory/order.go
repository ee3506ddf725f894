package memory

import (
	"context"
	"time"

	"github.com/google/uuid"

	"example.com/market-api/internal/models"
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
		item, err = data.order(scope, id)
		return err
	})
	return item, err
}

// List returns a page of orders, the newest first.
func (r *Orders) List(_ context.Context, query models.OrderQuery) ([]models.Order, error) {
	var items []models.Order
	err := r.session.read(func(data *tables) error {
		items = data.orders.list(query.Page, func(item models.Order) bool {
			return query.Scope.Includes(item.OwnerID) &&
				(query.Filter.CustomerID == nil || item.CustomerID == *query.Filter.CustomerID) &&
				(query.Filter.Status == nil || item.Status == *query.Filter.Status)
		})
		return nil
	})
	for i := range items {
		items[i] = copyOrder(items[i])
	}
	return items, err
}

// Update replaces the fields of an order.
func (r *Orders) Update(_ context.Context, scope models.Scope, id uuid.UUID, version int64, fields models.OrderFields, at time.Time) (models.Order, error) {
	var item models.Order
	err := r.session.write(func(data *tables) (err error) {
		item, err = data.order(scope, id)
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
		item, err := data.order(scope, id)
		if err != nil {
			return err
		}
		if version != 0 && version != item.Version {
			return errStale
		}
		return data.deleteOrder(id)
	})
}

// order returns a copy of an order.
func (t *tables) order(scope models.Scope, id uuid.UUID) (models.Order, error) {
	item, exists := t.orders[id]
	if !exists || !scope.Includes(item.OwnerID) {
		return models.Order{}, notFound("order")
	}
	return copyOrder(item), nil
}

// putOrder stores an order, unless it violates a constraint.
func (t *tables) putOrder(item models.Order) error {
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
	item.Note = clone(item.Note)
	return item
}
