// Package cached adds a cache to the repositories.
package cached

import (
	"context"

	"example.com/market-api/internal/cache"
	"example.com/market-api/internal/repository"
)

// Store adds a cache to a store.
type Store struct {
	next  repository.Store
	cache *cache.Store
}

// NewStore returns a store that caches reads from next.
func NewStore(next repository.Store, cache *cache.Store) *Store {
	return &Store{next: next, cache: cache}
}

// Repositories implements repository.Store.
func (s *Store) Repositories() repository.Repositories {
	repositories := s.next.Repositories()
	repositories.Customers = NewCustomers(repositories.Customers, s.cache)
	repositories.PriceLists = NewPriceLists(repositories.PriceLists, s.cache)
	repositories.Orders = NewOrders(repositories.Orders, s.cache)
	return repositories
}

// InTx implements repository.Store. The transaction reads from the database,
// and what it changes is removed from the cache at the end.
func (s *Store) InTx(ctx context.Context, fn func(ctx context.Context, tx repository.Repositories) error) error {
	var keys []string
	// Even if there is an error, the changes may have been committed.
	defer func() {
		for _, key := range keys {
			s.cache.Forget(ctx, key)
		}
	}()
	return s.next.InTx(ctx, func(ctx context.Context, tx repository.Repositories) error {
		tx.Customers = changedCustomers{tx.Customers, &keys}
		tx.PriceLists = changedPriceLists{tx.PriceLists, &keys}
		tx.Orders = changedOrders{tx.Orders, &keys}
		return fn(ctx, tx)
	})
}
