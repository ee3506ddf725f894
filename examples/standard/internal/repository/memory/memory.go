// Package memory implements the repositories in memory, for development and
// tests. The data is lost on restart and not shared between replicas.
package memory

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

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
	users     table[models.User]
	sessions  table[models.Session]
	customers table[models.Customer]
	orders    table[models.Order]
}

// NewStore returns an empty store.
func NewStore() *Store {
	return &Store{data: tables{
		users:     table[models.User]{},
		sessions:  table[models.Session]{},
		customers: table[models.Customer]{},
		orders:    table[models.Order]{},
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
		users:     maps.Clone(t.users),
		sessions:  maps.Clone(t.sessions),
		customers: maps.Clone(t.customers),
		orders:    maps.Clone(t.orders),
	}
}

func repositories(s session) repository.Repositories {
	return repository.Repositories{
		Users:     &Users{s},
		Sessions:  &Sessions{s},
		Customers: &Customers{s},
		Orders:    &Orders{s},
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

// list returns a page of the matching rows. Position returns the place of a row
// in a sorted list.
func (t table[T]) list(page models.PageRequest, position func(T, models.PageSort) models.PagePosition, match func(T) bool) []T {
	var found []models.PagePosition
	for _, row := range t {
		at := position(row, page.Sort)
		if (page.After == nil || compare(at, *page.After, page.Sort) > 0) && match(row) {
			found = append(found, at)
		}
	}
	slices.SortFunc(found, func(a, b models.PagePosition) int { return compare(a, b, page.Sort) })
	rows := make([]T, 0, min(len(found), page.Limit))
	for _, at := range found[:min(len(found), page.Limit)] {
		rows = append(rows, t[at.ID])
	}
	return rows
}

// count returns the number of matching rows.
func (t table[T]) count(match func(T) bool) int64 {
	var count int64
	for _, row := range t {
		if match(row) {
			count++
		}
	}
	return count
}

// any reports whether a row matches.
func (t table[T]) any(match func(id uuid.UUID, row T) bool) bool {
	for id, row := range t {
		if match(id, row) {
			return true
		}
	}
	return false
}

// compare returns a negative number if a is before b in a list, and a positive
// number if it is after b.
func compare(a, b models.PagePosition, sort models.PageSort) int {
	order := cmp.Or(compareValues(a.Value, b.Value), bytes.Compare(a.ID[:], b.ID[:]))
	if sort.Ascending {
		return order
	}
	return -order
}

// compareValues compares two values of the same field, or two nil values.
func compareValues(a, b any) int {
	if a, ok := a.(string); ok {
		if b, ok := b.(string); ok {
			return cmp.Compare(a, b)
		}
	}
	if a, ok := a.(decimal.Decimal); ok {
		if b, ok := b.(decimal.Decimal); ok {
			return a.Cmp(b)
		}
	}
	return 0
}

// between reports whether a range includes a value, which can be missing unless
// the range is empty.
func between[T any](bounds models.Bounds[T], value *T, compare func(a, b T) int) bool {
	if bounds == (models.Bounds[T]{}) {
		return true
	}
	return value != nil &&
		(bounds.AtLeast == nil || compare(*value, *bounds.AtLeast) >= 0) &&
		(bounds.Above == nil || compare(*value, *bounds.Above) > 0) &&
		(bounds.AtMost == nil || compare(*value, *bounds.AtMost) <= 0) &&
		(bounds.Below == nil || compare(*value, *bounds.Below) < 0)
}

// contain reports whether one of the values contains a text, in any case.
func contain(text string, values ...*string) bool {
	text = strings.ToLower(text)
	return text == "" || slices.ContainsFunc(values, func(value *string) bool {
		return value != nil && strings.Contains(strings.ToLower(*value), text)
	})
}

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

// missing means that a row refers to one that does not exist.
func missing(field string) error {
	return apperr.New(apperr.Invalid, "a value is not allowed", apperr.Field{Name: field, Reason: "does not exist"})
}
