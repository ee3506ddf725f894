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
	repositories.Tasks = NewTasks(repositories.Tasks, s.cache)
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
		tx.Tasks = changedTasks{tx.Tasks, &keys}
		return fn(ctx, tx)
	})
}
