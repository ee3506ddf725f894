package cached

import (
	"context"

	"github.com/google/uuid"

	"example.com/market-api/internal/cache"
	"example.com/market-api/internal/models"
	"example.com/market-api/internal/services"
)

// Orders puts a cache before a repository of orders.
type Orders struct {
	services.OrderRepository

	store *cache.Store
}

// NewOrders returns next behind the store.
func NewOrders(next services.OrderRepository, store *cache.Store) *Orders {
	return &Orders{OrderRepository: next, store: store}
}

// Get returns the order with an id, from the cache if it is there.
func (r *Orders) Get(ctx context.Context, id uuid.UUID) (models.Order, error) {
	return cache.Fetch(ctx, r.store, keyOrder(id), func(ctx context.Context) (models.Order, error) {
		return r.OrderRepository.Get(ctx, id)
	})
}

// Update changes one order atomically.
func (r *Orders) Update(ctx context.Context, id uuid.UUID, change func(*models.Order) error) (models.Order, error) {
	// Even an error may come after the change: the answer to a commit gets lost.
	defer r.store.Forget(ctx, keyOrder(id))
	return r.OrderRepository.Update(ctx, id, change)
}

// Delete deletes one order, unless check objects.
func (r *Orders) Delete(ctx context.Context, id uuid.UUID, check func(models.Order) error) error {
	defer r.store.Forget(ctx, keyOrder(id))
	return r.OrderRepository.Delete(ctx, id, check)
}

func keyOrder(id uuid.UUID) string {
	return "market-api:order:" + id.String()
}
