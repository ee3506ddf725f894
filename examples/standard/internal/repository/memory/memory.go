// Package memory implements the repositories in memory, for development and
// tests. The data is lost on restart and not shared between replicas.
package memory

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/google/uuid"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/repository"
)

// Store is a repository.Store.
type Store struct {
	mu   sync.RWMutex
	data tables
}

// tables holds the data of a store.
type tables struct {
	users    table[models.User]
	sessions table[models.Session]
	tasks    table[models.Task]
}

// NewStore returns an empty store.
func NewStore() *Store {
	return &Store{data: tables{
		users:    table[models.User]{},
		sessions: table[models.Session]{},
		tasks:    table[models.Task]{},
	}}
}

// Repositories implements repository.Store.
func (s *Store) Repositories() repository.Repositories {
	return repositories(session{store: s})
}

// InTx implements repository.Store. Transactions run one after the other.
func (s *Store) InTx(ctx context.Context, fn func(ctx context.Context, tx repository.Repositories) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.data.clone()
	err := fn(ctx, repositories(session{store: s, locked: true}))
	if err != nil {
		s.data = before
	}
	return err
}

// clone returns a copy that later changes do not affect.
func (t tables) clone() tables {
	return tables{
		users:    maps.Clone(t.users),
		sessions: maps.Clone(t.sessions),
		tasks:    maps.Clone(t.tasks),
	}
}

func repositories(s session) repository.Repositories {
	return repository.Repositories{
		Users:    &Users{s},
		Sessions: &Sessions{s},
		Tasks:    &Tasks{s},
	}
}

// session gives repositories access to a store.
type session struct {
	store *Store
	// locked means that the repositories belong to a transaction, which already
	// holds the lock.
	locked bool
}

// read calls fn with the data. It must not change the data.
func (s session) read(fn func(data *tables) error) error {
	if !s.locked {
		s.store.mu.RLock()
		defer s.store.mu.RUnlock()
	}
	return fn(&s.store.data)
}

// write calls fn with the data. If fn fails, it must not have changed the data.
func (s session) write(fn func(data *tables) error) error {
	if !s.locked {
		s.store.mu.Lock()
		defer s.store.mu.Unlock()
	}
	return fn(&s.store.data)
}

// table holds the rows of a table by their IDs. Rows are never modified in
// place, so that a copy of the map is a copy of the table.
type table[T any] map[uuid.UUID]T

// list returns up to page.Limit matching rows in descending order of ID.
func (t table[T]) list(page models.PageRequest, match func(T) bool) []T {
	var ids []uuid.UUID
	for id, row := range t {
		if (page.After == uuid.Nil || compare(id, page.After) < 0) && match(row) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return compare(b, a) })
	rows := make([]T, 0, min(len(ids), page.Limit))
	for _, id := range ids[:min(len(ids), page.Limit)] {
		rows = append(rows, t[id])
	}
	return rows
}

func compare(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) }

func notFound(name string) error {
	return apperr.New(apperr.NotFound, name+" not found")
}

func taken(name, field string) error {
	return apperr.New(apperr.Conflict, name+" already exists", apperr.Field{Name: field, Reason: "is taken"})
}

// errStale means that the version of a row is not the expected one.
var errStale = apperr.New(apperr.Stale, "the resource has changed since you read it")

// clone returns a pointer to a copy of a value, or nil.
func clone[T any](value *T) *T {
	if value == nil {
		return nil
	}
	return new(*value)
}
