// Package repository defines how the service stores its data. Each of its
// subpackages implements it for a database.
package repository

import (
	"context"
	"time"

	"github.com/google/uuid"

	"example.com/shop-api/internal/auth"
	"example.com/shop-api/internal/models"
)

// Repositories holds the repositories of the service. Their methods return
// apperr.NotFound if an object does not exist or is outside of the scope,
// apperr.Conflict or apperr.Invalid if the database rejects a value, and
// apperr.Unavailable if it does not respond.
type Repositories struct {
	Users    auth.UserRepository
	Sessions auth.SessionRepository

	Customers Customers
	Orders    Orders
}

// Store gives access to the data.
type Store interface {
	// Repositories returns repositories whose operations are transactions of
	// their own.
	Repositories() Repositories

	// InTx calls fn with repositories whose operations are one transaction. It
	// commits if fn returns nil, and rolls back otherwise. The repositories and
	// the context must not be used after fn returns.
	InTx(ctx context.Context, fn func(ctx context.Context, tx Repositories) error) error
}

// Customers stores customers.
type Customers interface {
	Create(ctx context.Context, item models.Customer) error
	Get(ctx context.Context, scope models.Scope, id uuid.UUID) (models.Customer, error)
	// List returns up to query.Page.Limit items in the order of query.Page.Sort.
	List(ctx context.Context, query models.CustomerQuery) ([]models.Customer, error)
	// Count returns the number of items on all pages of a list.
	Count(ctx context.Context, query models.CustomerQuery) (int64, error)
	// Update replaces the fields of an item, increments its version, and
	// returns it. Unless version is 0, it returns apperr.Stale if the stored
	// version is another one.
	Update(ctx context.Context, scope models.Scope, id uuid.UUID, version int64, fields models.CustomerFields, at time.Time) (models.Customer, error)
	// Delete deletes an item. Version has the same meaning as in Update.
	Delete(ctx context.Context, scope models.Scope, id uuid.UUID, version int64) error
}

// Orders stores orders.
type Orders interface {
	Create(ctx context.Context, item models.Order) error
	Get(ctx context.Context, scope models.Scope, id uuid.UUID) (models.Order, error)
	// List returns up to query.Page.Limit items in the order of query.Page.Sort.
	List(ctx context.Context, query models.OrderQuery) ([]models.Order, error)
	// Count returns the number of items on all pages of a list.
	Count(ctx context.Context, query models.OrderQuery) (int64, error)
	// Update replaces the fields of an item, increments its version, and
	// returns it. Unless version is 0, it returns apperr.Stale if the stored
	// version is another one.
	Update(ctx context.Context, scope models.Scope, id uuid.UUID, version int64, fields models.OrderFields, at time.Time) (models.Order, error)
	// Delete deletes an item. Version has the same meaning as in Update.
	Delete(ctx context.Context, scope models.Scope, id uuid.UUID, version int64) error
}
