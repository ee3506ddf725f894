package memory

import (
	"context"

	"github.com/google/uuid"

	"example.com/market-api/internal/models"
)

// Customers stores customers in memory.
type Customers struct {
	table *table[models.Customer]
}

// NewCustomers returns an empty repository.
func NewCustomers() *Customers {
	return &Customers{table: newTable("customer", copyCustomer,
		newUnique("email", func(item models.Customer) any {
			return [2]any{item.OwnerID, item.Email}
		}),
	)}
}

// Create stores a new customer.
func (r *Customers) Create(_ context.Context, item models.Customer) error {
	return r.table.create(item.ID, item)
}

// Get returns the customer with the given ID.
func (r *Customers) Get(_ context.Context, id uuid.UUID) (models.Customer, error) {
	return r.table.get(id)
}

// List returns a page of the customers that match the filter.
func (r *Customers) List(_ context.Context, filter models.CustomerFilter, page models.PageRequest) ([]models.Customer, error) {
	return r.table.list(page, func(item models.Customer) bool {
		return (filter.AnyOwner || item.OwnerID == filter.OwnerID) &&
			(filter.Email == nil || item.Email == *filter.Email)
	}), nil
}

// Update changes one customer atomically.
func (r *Customers) Update(_ context.Context, id uuid.UUID, change func(*models.Customer) error) (models.Customer, error) {
	return r.table.update(id, change)
}

// Delete deletes one customer, unless check returns an error.
func (r *Customers) Delete(_ context.Context, id uuid.UUID, check func(models.Customer) error) error {
	return r.table.delete(id, check)
}

// copyCustomer returns a deep copy of an item.
func copyCustomer(item models.Customer) models.Customer {
	if item.Birthday != nil {
		item.Birthday = new(*item.Birthday)
	}
	return item
}
