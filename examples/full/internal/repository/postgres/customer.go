package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/market-api/internal/models"
	"example.com/market-api/internal/repository/pgerr"
)

// Customers stores customers in PostgreSQL.
type Customers struct {
	table *table[models.Customer]
}

// NewCustomers returns a repository of customers.
func NewCustomers(pool *pgxpool.Pool) *Customers {
	return &Customers{table: newTable(pool, "customers", "customer", columnsOfCustomer,
		pgerr.Unique{Field: "email", Constraint: "customers__email_key"},
	)}
}

func columnsOfCustomer(item *models.Customer) []column {
	return []column{
		{"id", &item.ID},
		{"owner_id", &item.OwnerID},
		{"version", &item.Version},
		{"created_at", &item.CreatedAt},
		{"updated_at", &item.UpdatedAt},
		{"email", &item.Email},
		{"name", &item.Name},
		{"birthday", &item.Birthday},
		{"newsletter", &item.Newsletter},
	}
}

// Create stores a new customer.
func (r *Customers) Create(ctx context.Context, item models.Customer) error {
	return r.table.create(ctx, item)
}

// Get returns the customer with the given ID.
func (r *Customers) Get(ctx context.Context, id uuid.UUID) (models.Customer, error) {
	return r.table.get(ctx, id)
}

// List returns a page of the customers that match the filter.
func (r *Customers) List(ctx context.Context, filter models.CustomerFilter, page models.PageRequest) ([]models.Customer, error) {
	var where conditions
	if !filter.AnyOwner {
		where.add("owner_id", "=", filter.OwnerID)
	}
	if filter.Email != nil {
		where.add("email", "=", *filter.Email)
	}
	return r.table.list(ctx, page, where)
}

// Update changes one customer atomically.
func (r *Customers) Update(ctx context.Context, id uuid.UUID, change func(*models.Customer) error) (models.Customer, error) {
	return r.table.update(ctx, id, change)
}

// Delete deletes one customer, unless check returns an error.
func (r *Customers) Delete(ctx context.Context, id uuid.UUID, check func(models.Customer) error) error {
	return r.table.delete(ctx, id, check)
}
