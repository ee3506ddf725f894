package cached

import (
	"context"
	"time"

	"github.com/google/uuid"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/cache"
	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/repository"
)

// Customers adds a cache to a repository of customers. It does not embed the
// repository, so that a new method has to decide whether it uses the cache.
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
		// Callers with other scopes may wait for the same load.
		return r.next.Get(ctx, models.Scope{All: true}, id)
	})
	if err == nil && !scope.Includes(item.OwnerID) {
		return models.Customer{}, apperr.New(apperr.NotFound, "customer not found")
	}
	return item, err
}

// List returns a page of customers.
func (r *Customers) List(ctx context.Context, query models.CustomerQuery) ([]models.Customer, error) {
	return r.next.List(ctx, query)
}

// Count returns the number of customers on all pages.
func (r *Customers) Count(ctx context.Context, query models.CustomerQuery) (int64, error) {
	return r.next.Count(ctx, query)
}

// Update replaces the fields of a customer.
func (r *Customers) Update(ctx context.Context, scope models.Scope, id uuid.UUID, version int64, fields models.CustomerFields, at time.Time) (models.Customer, error) {
	defer r.store.Change(ctx, keyCustomer(id))()
	return r.next.Update(ctx, scope, id, version, fields, at)
}

// Delete deletes a customer.
func (r *Customers) Delete(ctx context.Context, scope models.Scope, id uuid.UUID, version int64) error {
	defer r.store.Change(ctx, keyCustomer(id))()
	return r.next.Delete(ctx, scope, id, version)
}

func keyCustomer(id uuid.UUID) string {
	return "shop-api:customer:" + id.String()
}

// changedCustomers removes the customers that a transaction changes from the cache.
type changedCustomers struct {
	next    repository.Customers
	changes *changes
}

// Create stores a new customer.
func (r changedCustomers) Create(ctx context.Context, item models.Customer) error {
	return r.next.Create(ctx, item)
}

// Get returns a customer as the transaction sees it.
func (r changedCustomers) Get(ctx context.Context, scope models.Scope, id uuid.UUID) (models.Customer, error) {
	return r.next.Get(ctx, scope, id)
}

// List returns a page of customers.
func (r changedCustomers) List(ctx context.Context, query models.CustomerQuery) ([]models.Customer, error) {
	return r.next.List(ctx, query)
}

// Count returns the number of customers on all pages.
func (r changedCustomers) Count(ctx context.Context, query models.CustomerQuery) (int64, error) {
	return r.next.Count(ctx, query)
}

// Update replaces the fields of a customer.
func (r changedCustomers) Update(ctx context.Context, scope models.Scope, id uuid.UUID, version int64, fields models.CustomerFields, at time.Time) (models.Customer, error) {
	r.changes.begin(ctx, keyCustomer(id))
	return r.next.Update(ctx, scope, id, version, fields, at)
}

// Delete deletes a customer.
func (r changedCustomers) Delete(ctx context.Context, scope models.Scope, id uuid.UUID, version int64) error {
	r.changes.begin(ctx, keyCustomer(id))
	return r.next.Delete(ctx, scope, id, version)
}
