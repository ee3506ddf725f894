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

// Orders adds a cache to a repository of orders. It does not embed the
// repository, so that a new method has to decide whether it uses the cache.
type Orders struct {
	next  repository.Orders
	store *cache.Store
}

// NewOrders returns a repository that caches reads from next in store.
func NewOrders(next repository.Orders, store *cache.Store) *Orders {
	return &Orders{next: next, store: store}
}

// Create stores a new order.
func (r *Orders) Create(ctx context.Context, item models.Order) error {
	return r.next.Create(ctx, item)
}

// Get returns an order, from the cache if possible.
func (r *Orders) Get(ctx context.Context, scope models.Scope, id uuid.UUID) (models.Order, error) {
	item, err := cache.Fetch(ctx, r.store, keyOrder(id), func(ctx context.Context) (models.Order, error) {
		// Callers with other scopes may wait for the same load.
		return r.next.Get(ctx, models.Scope{All: true}, id)
	})
	if err == nil && !scope.Includes(item.OwnerID) {
		return models.Order{}, apperr.New(apperr.NotFound, "order not found")
	}
	return item, err
}

// List returns a page of orders.
func (r *Orders) List(ctx context.Context, query models.OrderQuery) ([]models.Order, error) {
	return r.next.List(ctx, query)
}

// Count returns the number of orders on all pages.
func (r *Orders) Count(ctx context.Context, query models.OrderQuery) (int64, error) {
	return r.next.Count(ctx, query)
}

// Update replaces the fields of an order.
func (r *Orders) Update(ctx context.Context, scope models.Scope, id uuid.UUID, version int64, fields models.OrderFields, at time.Time) (models.Order, error) {
	defer r.store.Change(ctx, keyOrder(id))()
	return r.next.Update(ctx, scope, id, version, fields, at)
}

// Delete deletes an order.
func (r *Orders) Delete(ctx context.Context, scope models.Scope, id uuid.UUID, version int64) error {
	defer r.store.Change(ctx, keyOrder(id))()
	return r.next.Delete(ctx, scope, id, version)
}

func keyOrder(id uuid.UUID) string {
	return "market-api:order:" + id.String()
}

// changedOrders removes the orders that a transaction changes from the cache.
type changedOrders struct {
	next    repository.Orders
	changes *changes
}

// Create stores a new order.
func (r changedOrders) Create(ctx context.Context, item models.Order) error {
	return r.next.Create(ctx, item)
}

// Get returns an order as the transaction sees it.
func (r changedOrders) Get(ctx context.Context, scope models.Scope, id uuid.UUID) (models.Order, error) {
	return r.next.Get(ctx, scope, id)
}

// List returns a page of orders.
func (r changedOrders) List(ctx context.Context, query models.OrderQuery) ([]models.Order, error) {
	return r.next.List(ctx, query)
}

// Count returns the number of orders on all pages.
func (r changedOrders) Count(ctx context.Context, query models.OrderQuery) (int64, error) {
	return r.next.Count(ctx, query)
}

// Update replaces the fields of an order.
func (r changedOrders) Update(ctx context.Context, scope models.Scope, id uuid.UUID, version int64, fields models.OrderFields, at time.Time) (models.Order, error) {
	r.changes.begin(ctx, keyOrder(id))
	return r.next.Update(ctx, scope, id, version, fields, at)
}

// Delete deletes an order.
func (r changedOrders) Delete(ctx context.Context, scope models.Scope, id uuid.UUID, version int64) error {
	r.changes.begin(ctx, keyOrder(id))
	return r.next.Delete(ctx, scope, id, version)
}
