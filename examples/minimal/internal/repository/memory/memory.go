// Package memory implements the repositories in memory, for development and
// tests. The data is lost on restart and not shared between replicas.
package memory

import (
	"bytes"
	"slices"
	"sync"

	"github.com/google/uuid"

	"example.com/hello-api/internal/apperr"
	"example.com/hello-api/internal/models"
)

// table implements what the repositories of this package have in common. It
// stores and returns copies of rows, so that callers cannot modify stored rows.
type table[T any] struct {
	name   string
	copyOf func(T) T

	mu      sync.RWMutex
	rows    map[uuid.UUID]T
	ids     []uuid.UUID // in ascending order
	uniques []*unique[T]
}

// unique is a field whose values are unique.
type unique[T any] struct {
	field string

	// value returns the value of the field in a form that is comparable with
	// ==. It returns nil if the field is not set, which any number of rows may
	// have.
	value func(T) any

	// holders maps each value to the ID of its row.
	holders map[any]uuid.UUID
}

func newTable[T any](name string, copyOf func(T) T, uniques ...*unique[T]) *table[T] {
	return &table[T]{name: name, copyOf: copyOf, rows: map[uuid.UUID]T{}, uniques: uniques}
}

func (t *table[T]) create(id uuid.UUID, row T) error {
	t.mu.Lock()
	defer t.mu.Unlock()

	if _, exists := t.rows[id]; exists {
		return t.taken("id")
	}
	if err := t.put(id, t.copyOf(row)); err != nil {
		return err
	}
	place, _ := slices.BinarySearchFunc(t.ids, id, compare)
	t.ids = slices.Insert(t.ids, place, id)
	return nil
}

func (t *table[T]) get(id uuid.UUID) (T, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.row(id)
}

// list returns the matching rows in descending order of ID.
func (t *table[T]) list(page models.PageRequest, match func(T) bool) []T {
	t.mu.RLock()
	defer t.mu.RUnlock()

	end := len(t.ids)
	if page.After != uuid.Nil {
		end, _ = slices.BinarySearchFunc(t.ids, page.After, compare)
	}
	found := []T{}
	for _, id := range slices.Backward(t.ids[:end]) {
		if len(found) == page.Limit {
			break
		}
		if row := t.rows[id]; match(row) {
			found = append(found, t.copyOf(row))
		}
	}
	return found
}

func (t *table[T]) update(id uuid.UUID, change func(*T) error) (T, error) {
	t.mu.Lock()
	defer t.mu.Unlock()

	var none T
	row, err := t.row(id)
	if err != nil {
		return none, err
	}
	if err := change(&row); err != nil {
		return none, err
	}
	if err := t.put(id, t.copyOf(row)); err != nil {
		return none, err
	}
	return row, nil
}

func (t *table[T]) delete(id uuid.UUID, check func(T) error) error {
	t.mu.Lock()
	defer t.mu.Unlock()

	row, err := t.row(id)
	if err != nil {
		return err
	}
	if err := check(row); err != nil {
		return err
	}
	for _, field := range t.uniques {
		delete(field.holders, field.value(t.rows[id]))
	}
	place, _ := slices.BinarySearchFunc(t.ids, id, compare)
	t.ids = slices.Delete(t.ids, place, place+1)
	delete(t.rows, id)
	return nil
}

// row returns a copy of a row. The caller must hold the lock.
func (t *table[T]) row(id uuid.UUID) (T, error) {
	row, exists := t.rows[id]
	if !exists {
		return row, apperr.New(apperr.NotFound, t.name+" not found")
	}
	return t.copyOf(row), nil
}

// put stores a row, unless another row has one of its unique values. The caller
// must hold the lock.
func (t *table[T]) put(id uuid.UUID, row T) error {
	for _, field := range t.uniques {
		holder, held := field.holders[field.value(row)]
		if held && holder != id {
			return t.taken(field.field)
		}
	}
	old, exists := t.rows[id]
	for _, field := range t.uniques {
		if exists {
			delete(field.holders, field.value(old))
		}
		if value := field.value(row); value != nil {
			field.holders[value] = id
		}
	}
	t.rows[id] = row
	return nil
}

func (t *table[T]) taken(field string) error {
	return apperr.New(apperr.Conflict, t.name+" already exists", apperr.Field{Name: field, Reason: "is taken"})
}

func compare(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) }
