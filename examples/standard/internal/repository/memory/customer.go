package memory

import (
	"context"
	"time"

	"github.com/google/uuid"

	"example.com/shop-api/internal/models"
)

// Customers stores customers in memory.
type Customers struct {
	session session
}

// Create stores a new customer.
func (r *Customers) Create(_ context.Context, item models.Customer) error {
	return r.session.write(func(data *tables) error {
		if _, exists := data.customers[item.ID]; exists {
			return taken("customer", "id")
		}
		return data.putCustomer(item)
	})
}

// Get returns a customer.
func (r *Customers) Get(_ context.Context, scope models.Scope, id uuid.UUID) (models.Customer, error) {
	var item models.Customer
	err := r.session.read(func(data *tables) (err error) {
		item, err = data.getCustomer(scope, id)
		return err
	})
	return item, err
}

// List returns a page of customers.
func (r *Customers) List(_ context.Context, query models.CustomerQuery) ([]models.Customer, error) {
	var items []models.Customer
	err := r.session.read(func(data *tables) error {
		items = data.customers.list(query.Page, models.PositionOfCustomer, customerMatch(query))
		return nil
	})
	return items, err
}

// Count returns the number of customers on all pages.
func (r *Customers) Count(_ context.Context, query models.CustomerQuery) (int64, error) {
	var count int64
	err := r.session.read(func(data *tables) error {
		count = data.customers.count(customerMatch(query))
		return nil
	})
	return count, err
}

// customerMatch returns a function that reports whether a query selects a customer.
func customerMatch(query models.CustomerQuery) func(models.Customer) bool {
	return func(item models.Customer) bool {
		return query.Scope.Includes(item.OwnerID) &&
			(query.Filter.Email == nil || item.Email == *query.Filter.Email) &&
			contain(query.Search, &item.Name) &&
			between(query.Ranges.CreatedAt, &item.CreatedAt, time.Time.Compare) &&
			between(query.Ranges.UpdatedAt, &item.UpdatedAt, time.Time.Compare)
	}
}

// Update replaces the fields of a customer.
func (r *Customers) Update(_ context.Context, scope models.Scope, id uuid.UUID, version int64, fields models.CustomerFields, at time.Time) (models.Customer, error) {
	var item models.Customer
	err := r.session.write(func(data *tables) (err error) {
		item, err = data.getCustomer(scope, id)
		if err != nil {
			return err
		}
		if version != 0 && version != item.Version {
			return errStale
		}
		item.CustomerFields = fields
		item.Version++
		item.UpdatedAt = at
		return data.putCustomer(item)
	})
	if err != nil {
		return models.Customer{}, err
	}
	return item, nil
}

// Delete deletes a customer.
func (r *Customers) Delete(_ context.Context, scope models.Scope, id uuid.UUID, version int64) error {
	return r.session.write(func(data *tables) error {
		item, err := data.getCustomer(scope, id)
		if err != nil {
			return err
		}
		if version != 0 && version != item.Version {
			return errStale
		}
		return data.deleteCustomer(id)
	})
}

// getCustomer returns a copy of a customer.
func (t *tables) getCustomer(scope models.Scope, id uuid.UUID) (models.Customer, error) {
	item, exists := t.customers[id]
	if !exists || !scope.Includes(item.OwnerID) {
		return models.Customer{}, notFound("customer")
	}
	return item, nil
}

// putCustomer stores a customer, unless it violates a constraint.
func (t *tables) putCustomer(item models.Customer) error {
	if t.customers.any(func(id uuid.UUID, other models.Customer) bool {
		return id != item.ID && other.OwnerID == item.OwnerID && other.Email == item.Email
	}) {
		return taken("customer", "email")
	}
	t.customers[item.ID] = item
	return nil
}

// deleteCustomer deletes a customer, and what the references to it demand.
func (t *tables) deleteCustomer(id uuid.UUID) error {
	before := t.clone()
	delete(t.customers, id)
	for other, row := range t.orders {
		if row.CustomerID != id {
			continue
		}
		if err := t.deleteOrder(other); err != nil {
			*t = before
			return err
		}
	}
	for other, row := range t.orders {
		if row.InvoiceToID == nil || *row.InvoiceToID != id {
			continue
		}
		row.InvoiceToID = nil
		t.orders[other] = row
	}
	return nil
}
