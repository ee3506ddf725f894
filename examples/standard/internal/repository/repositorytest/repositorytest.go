// Package repositorytest contains tests that every implementation of a
// repository must pass.
package repositorytest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/models"
)

// owner is the owner of the samples.
var owner = uuid.New()

// repository contains the methods that the repositories of all resources have.
type repository[T any] interface {
	Create(ctx context.Context, item T) error
	Get(ctx context.Context, id uuid.UUID) (T, error)
	Update(ctx context.Context, id uuid.UUID, change func(item *T) error) (T, error)
	Delete(ctx context.Context, id uuid.UUID, check func(item T) error) error
}

// contract tests a repository of items of type T, independently of their
// fields.
type contract[T any, R repository[T]] struct {
	// newRepo returns an empty repository.
	newRepo func(t *testing.T) R

	// sample returns an item that differs for each n.
	sample func(n int) T

	// id and version return pointers into an item.
	id      func(item *T) *uuid.UUID
	version func(item *T) *int64

	// same requires that an item that was read equals the one that was written.
	same func(t *testing.T, written, read T)

	// list returns a page of all items.
	list func(ctx context.Context, repo R, page models.PageRequest) ([]T, error)
}

func (c contract[T, R]) test(t *testing.T) {
	t.Run("a created item can be read", c.create)
	t.Run("IDs are unique", c.createTwice)
	t.Run("a missing item is not found", c.notFound)
	t.Run("an update is stored and returned", c.update)
	t.Run("a failed update is not stored", c.updateFails)
	t.Run("concurrent updates are not lost", c.updateInParallel)
	t.Run("a deleted item is not found", c.delete)
	t.Run("a failed check prevents the deletion", c.deleteFails)
	t.Run("pages contain every item once, newest first", c.pages)
}

func (c contract[T, R]) create(t *testing.T) {
	repo, item := c.newRepo(t), c.sample(1)
	require.NoError(t, repo.Create(t.Context(), item))

	read, err := repo.Get(t.Context(), *c.id(&item))
	require.NoError(t, err)
	c.same(t, item, read)
}

func (c contract[T, R]) createTwice(t *testing.T) {
	repo, item, other := c.newRepo(t), c.sample(1), c.sample(2)
	require.NoError(t, repo.Create(t.Context(), item))
	*c.id(&other) = *c.id(&item)
	requireKind(t, apperr.Conflict, repo.Create(t.Context(), other))
}

func (c contract[T, R]) notFound(t *testing.T) {
	repo, missing := c.newRepo(t), newID()
	_, err := repo.Get(t.Context(), missing)
	requireKind(t, apperr.NotFound, err)

	_, err = repo.Update(t.Context(), missing, func(*T) error {
		t.Error("change must not be called")
		return nil
	})
	requireKind(t, apperr.NotFound, err)

	err = repo.Delete(t.Context(), missing, func(T) error {
		t.Error("check must not be called")
		return nil
	})
	requireKind(t, apperr.NotFound, err)
}

func (c contract[T, R]) update(t *testing.T) {
	repo, item, changed := c.newRepo(t), c.sample(1), c.sample(2)
	require.NoError(t, repo.Create(t.Context(), item))
	*c.id(&changed) = *c.id(&item)

	updated, err := repo.Update(t.Context(), *c.id(&item), func(current *T) error {
		c.same(t, item, *current)
		*current = changed
		return nil
	})
	require.NoError(t, err)
	c.same(t, changed, updated)

	read, err := repo.Get(t.Context(), *c.id(&item))
	require.NoError(t, err)
	c.same(t, changed, read)
}

func (c contract[T, R]) updateFails(t *testing.T) {
	repo, item := c.newRepo(t), c.sample(1)
	require.NoError(t, repo.Create(t.Context(), item))

	aborted := errors.New("aborted")
	_, err := repo.Update(t.Context(), *c.id(&item), func(current *T) error {
		*c.version(current)++
		return aborted
	})
	require.Same(t, aborted, err)

	read, err := repo.Get(t.Context(), *c.id(&item))
	require.NoError(t, err)
	c.same(t, item, read)
}

func (c contract[T, R]) updateInParallel(t *testing.T) {
	repo, item := c.newRepo(t), c.sample(1)
	require.NoError(t, repo.Create(t.Context(), item))

	const changes = 50
	failures := make(chan error, changes)
	var running sync.WaitGroup
	for range changes {
		running.Go(func() {
			_, err := repo.Update(t.Context(), *c.id(&item), func(current *T) error {
				*c.version(current)++
				return nil
			})
			failures <- err
		})
	}
	running.Wait()
	for range changes {
		require.NoError(t, <-failures)
	}

	read, err := repo.Get(t.Context(), *c.id(&item))
	require.NoError(t, err)
	require.Equal(t, *c.version(&item)+changes, *c.version(&read))
}

func (c contract[T, R]) delete(t *testing.T) {
	repo, item, other := c.newRepo(t), c.sample(1), c.sample(2)
	require.NoError(t, repo.Create(t.Context(), item))
	require.NoError(t, repo.Create(t.Context(), other))

	checked := false
	err := repo.Delete(t.Context(), *c.id(&item), func(current T) error {
		c.same(t, item, current)
		checked = true
		return nil
	})
	require.NoError(t, err)
	require.True(t, checked)

	_, err = repo.Get(t.Context(), *c.id(&item))
	requireKind(t, apperr.NotFound, err)
	_, err = repo.Get(t.Context(), *c.id(&other))
	require.NoError(t, err)

	// Its unique values can be used again.
	require.NoError(t, repo.Create(t.Context(), item))
}

func (c contract[T, R]) deleteFails(t *testing.T) {
	repo, item := c.newRepo(t), c.sample(1)
	require.NoError(t, repo.Create(t.Context(), item))

	refused := errors.New("refused")
	err := repo.Delete(t.Context(), *c.id(&item), func(T) error { return refused })
	require.Same(t, refused, err)

	_, err = repo.Get(t.Context(), *c.id(&item))
	require.NoError(t, err)
}

func (c contract[T, R]) pages(t *testing.T) {
	repo := c.newRepo(t)
	var newest []uuid.UUID
	for n := range 7 {
		item := c.sample(n + 1)
		require.NoError(t, repo.Create(t.Context(), item))
		newest = append([]uuid.UUID{*c.id(&item)}, newest...)
	}

	var listed []uuid.UUID
	page := models.PageRequest{Limit: 3}
	for range 3 {
		items, err := c.list(t.Context(), repo, page)
		require.NoError(t, err)
		require.LessOrEqual(t, len(items), page.Limit)
		for _, item := range items {
			listed = append(listed, *c.id(&item))
		}
		page.After = listed[len(listed)-1]
	}
	require.Equal(t, newest, listed)

	items, err := c.list(t.Context(), repo, page)
	require.NoError(t, err)
	require.Empty(t, items)
}

// awkward contains unusual characters that a string may contain.
const awkward = "Zoë 🦀 '\"`\\ %_ $1 {{}} <b> \t\r\n\u2028\u202e\x01"

// long is the longest string that an indexed field may have. Its characters
// take the maximum number of bytes and vary, so that a database cannot compress
// them.
var long = func() string {
	var text strings.Builder
	for i := range 500 {
		text.WriteRune(rune(0x10000 + i*i*7919%0xf0000))
	}
	return text.String()
}()

// newID returns an ID that is greater than all previous ones.
func newID() uuid.UUID {
	return uuid.Must(uuid.NewV7())
}

func requireKind(t *testing.T, kind apperr.Kind, err error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, kind, apperr.KindOf(err), "%v", err)
}

// requireTaken requires an error that reports the value of a field as taken.
func requireTaken(t *testing.T, field string, err error) {
	t.Helper()
	requireKind(t, apperr.Conflict, err)
	conflict := (*apperr.Error)(nil)
	require.ErrorAs(t, err, &conflict)
	require.Equal(t, []apperr.Field{{Name: field, Reason: "is taken"}}, conflict.Fields)
}
