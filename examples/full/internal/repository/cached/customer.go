package cached

import (
	"context"
	"time"

	"github.com/google/uuid"

	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/cache"
	"example.com/market-api/internal/models"
	"example.com/market-api/internal/repository"
)

// Customers adds a cache to a repository of customers.
type Customers struct {
	next  repository.Customers
	store *cache.Store
}

// NewCustomers returns a repository that caches reads from next in store.
func NewCustomers(next repository.Customers, store *cache.Store) *Customers {
	return &Customers{next: next, store: store}
}

// Create stores a new customer.
func (r *Customers) Create(ctx context.Context, item models.Customer) error {
	return r.next.Create(ctx, item)
}

// Get returns a customer, from the cache if possible.
func (r *Customers) Get(ctx context.Context, scope models.Scope, id uuid.UUID) (models.Customer, error) {
	item, err := cache.Fetch(ctx, r.store, keyCustomer(id), func(ctx context.Context) (models.Customer, error) {
		return r.next.Get(ctx, scope, id)
	})
	if err == nil && !scope.Includes(item.OwnerID) {
		return models.Customer{}, apperr.New(apperr.NotFound, "customer not found")
	}
	return item, err
}

// List returns a page of customers, the newest first.
func (r *Customers) List(ctx context.Context, query models.CustomerQuery) ([]models.Customer, error) {
	return r.next.List(ctx, query)
}

// Update replaces the fields of a customer.
func (r *Customers) Update(ctx context.Context, scope models.Scope, id uuid.UUID, version int64, fields models.CustomerFields, at time.Time) (models.Customer, error) {
	// Even if there is an error, the change may have been committed.
	defer r.store.Forget(ctx, keyCustomer(id))
	return r.next.Update(ctx, scope, id, version, fields, at)
}

// Delete deletes a customer.
func (r *Customers) Delete(ctx context.Context, scope models.Scope, id uuid.UUID, version int64) error {
	defer r.store.Forget(ctx, keyCustomer(id))
	return r.next.Delete(ctx, scope, id, version)
}

func keyCustomer(id uuid.UUID) string {
	return "market-api:customer:" + id.String()
}

// changedCustomers records the customers that a transaction changes.
type changedCustomers struct {
	repository.Customers
	keys *[]string
}

// Update replaces the fields of a customer.
func (r changedCustomers) Update(ctx context.Context, scope models.Scope, id uuid.UUID, version int64, fields models.CustomerFields, at time.Time) (models.Customer, error) {
	*r.keys = append(*r.keys, keyCustomer(id))
	return r.Customers.Update(ctx, scope, id, version, fields, at)
}

// Delete deletes a customer.
func (r changedCustomers) Delete(ctx context.Context, scope models.Scope, id uuid.UUID, version int64) error {
	*r.keys = append(*r.keys, keyCustomer(id))
	return r.Customers.Delete(ctx, scope, id, version)
}
