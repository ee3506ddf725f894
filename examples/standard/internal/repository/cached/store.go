// Package cached adds a cache to the repositories.
package cached

import (
	"context"

	"example.com/shop-api/internal/cache"
	"example.com/shop-api/internal/repository"
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
	return repositories
}

// InTx implements repository.Store. The transaction reads from the database,
// and what it changes is removed from the cache before the change and at the end.
func (s *Store) InTx(ctx context.Context, fn func(ctx context.Context, tx repository.Repositories) error) error {
	changes := &changes{cache: s.cache}
	// Even if there is an error, the changes may have been committed.
	defer changes.end()
	return s.next.InTx(ctx, func(ctx context.Context, tx repository.Repositories) error {
		tx.Customers = changedCustomers{tx.Customers, changes}
		return fn(ctx, tx)
	})
}

// changes are the changes of a transaction.
type changes struct {
	cache *cache.Store
	done  []func()
}

// begin removes a key before its value changes.
func (c *changes) begin(ctx context.Context, key string) {
	c.done = append(c.done, c.cache.Change(ctx, key))
}

// end removes all keys after the transaction.
func (c *changes) end() {
	for _, done := range c.done {
		done()
	}
}
