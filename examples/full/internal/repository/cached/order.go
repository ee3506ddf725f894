package cached

import (
	"context"

	"github.com/google/uuid"

	"example.com/market-api/internal/cache"
	"example.com/market-api/internal/models"
	"example.com/market-api/internal/services"
)

// Orders adds a cache to a repository of orders.
type Orders struct {
	services.OrderRepository

	store *cache.Store
}

// NewOrders returns a repository that caches reads from next in store.
func NewOrders(next services.OrderRepository, store *cache.Store) *Orders {
	return &Orders{OrderRepository: next, store: store}
}

// Get returns the order with the given ID, from the cache if possible.
func (r *Orders) Get(ctx context.Context, id uuid.UUID) (models.Order, error) {
	return cache.Fetch(ctx, r.store, keyOrder(id), func(ctx context.Context) (models.Order, error) {
		return r.OrderRepository.Get(ctx, id)
	})
}

// Update changes one order atomically.
func (r *Orders) Update(ctx context.Context, id uuid.UUID, change func(*models.Order) error) (models.Order, error) {
	// Even if there is an error, the change may have been committed.
	defer r.store.Forget(ctx, keyOrder(id))
	return r.OrderRepository.Update(ctx, id, change)
}

// Delete deletes one order, unless check returns an error.
func (r *Orders) Delete(ctx context.Context, id uuid.UUID, check func(models.Order) error) error {
	defer r.store.Forget(ctx, keyOrder(id))
	return r.OrderRepository.Delete(ctx, id, check)
}

func keyOrder(id uuid.UUID) string {
	return "market-api:order:" + id.String()
}
