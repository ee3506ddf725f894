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

// PriceLists adds a cache to a repository of price lists. It does not embed the
// repository, so that a new method has to decide whether it uses the cache.
type PriceLists struct {
	next  repository.PriceLists
	store *cache.Store
}

// NewPriceLists returns a repository that caches reads from next in store.
func NewPriceLists(next repository.PriceLists, store *cache.Store) *PriceLists {
	return &PriceLists{next: next, store: store}
}

// Create stores a new price list.
func (r *PriceLists) Create(ctx context.Context, item models.PriceList) error {
	return r.next.Create(ctx, item)
}

// Get returns a price list, from the cache if possible.
func (r *PriceLists) Get(ctx context.Context, scope models.Scope, id uuid.UUID) (models.PriceList, error) {
	item, err := cache.Fetch(ctx, r.store, keyPriceList(id), func(ctx context.Context) (models.PriceList, error) {
		// Callers with other scopes may wait for the same load.
		return r.next.Get(ctx, models.Scope{All: true}, id)
	})
	if err == nil && !scope.Includes(item.OwnerID) {
		return models.PriceList{}, apperr.New(apperr.NotFound, "price list not found")
	}
	return item, err
}

// List returns a page of price lists.
func (r *PriceLists) List(ctx context.Context, query models.PriceListQuery) ([]models.PriceList, error) {
	return r.next.List(ctx, query)
}

// Count returns the number of price lists on all pages.
func (r *PriceLists) Count(ctx context.Context, query models.PriceListQuery) (int64, error) {
	return r.next.Count(ctx, query)
}

// Update replaces the fields of a price list.
func (r *PriceLists) Update(ctx context.Context, scope models.Scope, id uuid.UUID, version int64, fields models.PriceListFields, at time.Time) (models.PriceList, error) {
	defer r.store.Change(ctx, keyPriceList(id))()
	return r.next.Update(ctx, scope, id, version, fields, at)
}

// Delete deletes a price list.
func (r *PriceLists) Delete(ctx context.Context, scope models.Scope, id uuid.UUID, version int64) error {
	defer r.store.Change(ctx, keyPriceList(id))()
	return r.next.Delete(ctx, scope, id, version)
}

func keyPriceList(id uuid.UUID) string {
	return "market-api:price_list:" + id.String()
}

// changedPriceLists removes the price lists that a transaction changes from the cache.
type changedPriceLists struct {
	next    repository.PriceLists
	changes *changes
}

// Create stores a new price list.
func (r changedPriceLists) Create(ctx context.Context, item models.PriceList) error {
	return r.next.Create(ctx, item)
}

// Get returns a price list as the transaction sees it.
func (r changedPriceLists) Get(ctx context.Context, scope models.Scope, id uuid.UUID) (models.PriceList, error) {
	return r.next.Get(ctx, scope, id)
}

// List returns a page of price lists.
func (r changedPriceLists) List(ctx context.Context, query models.PriceListQuery) ([]models.PriceList, error) {
	return r.next.List(ctx, query)
}

// Count returns the number of price lists on all pages.
func (r changedPriceLists) Count(ctx context.Context, query models.PriceListQuery) (int64, error) {
	return r.next.Count(ctx, query)
}

// Update replaces the fields of a price list.
func (r changedPriceLists) Update(ctx context.Context, scope models.Scope, id uuid.UUID, version int64, fields models.PriceListFields, at time.Time) (models.PriceList, error) {
	r.changes.begin(ctx, keyPriceList(id))
	return r.next.Update(ctx, scope, id, version, fields, at)
}

// Delete deletes a price list.
func (r changedPriceLists) Delete(ctx context.Context, scope models.Scope, id uuid.UUID, version int64) error {
	r.changes.begin(ctx, keyPriceList(id))
	return r.next.Delete(ctx, scope, id, version)
}
