package cached

import (
	"context"

	"github.com/google/uuid"

	"example.com/market-api/internal/cache"
	"example.com/market-api/internal/models"
	"example.com/market-api/internal/services"
)

// PriceLists adds a cache to a repository of price lists.
type PriceLists struct {
	services.PriceListRepository

	store *cache.Store
}

// NewPriceLists returns a repository that caches reads from next in store.
func NewPriceLists(next services.PriceListRepository, store *cache.Store) *PriceLists {
	return &PriceLists{PriceListRepository: next, store: store}
}

// Get returns the price list with the given ID, from the cache if possible.
func (r *PriceLists) Get(ctx context.Context, id uuid.UUID) (models.PriceList, error) {
	return cache.Fetch(ctx, r.store, keyPriceList(id), func(ctx context.Context) (models.PriceList, error) {
		return r.PriceListRepository.Get(ctx, id)
	})
}

// Update changes one price list atomically.
func (r *PriceLists) Update(ctx context.Context, id uuid.UUID, change func(*models.PriceList) error) (models.PriceList, error) {
	// Even if there is an error, the change may have been committed.
	defer r.store.Forget(ctx, keyPriceList(id))
	return r.PriceListRepository.Update(ctx, id, change)
}

// Delete deletes one price list, unless check returns an error.
func (r *PriceLists) Delete(ctx context.Context, id uuid.UUID, check func(models.PriceList) error) error {
	defer r.store.Forget(ctx, keyPriceList(id))
	return r.PriceListRepository.Delete(ctx, id, check)
}

func keyPriceList(id uuid.UUID) string {
	return "market-api:price_list:" + id.String()
}
