package cached

import (
	"context"

	"github.com/google/uuid"

	"example.com/market-api/internal/cache"
	"example.com/market-api/internal/models"
	"example.com/market-api/internal/services"
)

// Customers adds a cache to a repository of customers.
type Customers struct {
	services.CustomerRepository

	store *cache.Store
}

// NewCustomers returns a repository that caches reads from next in store.
func NewCustomers(next services.CustomerRepository, store *cache.Store) *Customers {
	return &Customers{CustomerRepository: next, store: store}
}

// Get returns the customer with the given ID, from the cache if possible.
func (r *Customers) Get(ctx context.Context, id uuid.UUID) (models.Customer, error) {
	return cache.Fetch(ctx, r.store, keyCustomer(id), func(ctx context.Context) (models.Customer, error) {
		return r.CustomerRepository.Get(ctx, id)
	})
}

// Update changes one customer atomically.
func (r *Customers) Update(ctx context.Context, id uuid.UUID, change func(*models.Customer) error) (models.Customer, error) {
	// Even if there is an error, the change may have been committed.
	defer r.store.Forget(ctx, keyCustomer(id))
	return r.CustomerRepository.Update(ctx, id, change)
}

// Delete deletes one customer, unless check returns an error.
func (r *Customers) Delete(ctx context.Context, id uuid.UUID, check func(models.Customer) error) error {
	defer r.store.Forget(ctx, keyCustomer(id))
	return r.CustomerRepository.Delete(ctx, id, check)
}

func keyCustomer(id uuid.UUID) string {
	return "market-api:customer:" + id.String()
}
