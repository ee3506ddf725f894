// Package repositorytest contains the tests that every implementation of the
// repositories must pass.
package repositorytest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/models"
	"example.com/market-api/internal/repository"
)

// Test tests a store. NewStore returns an empty store, and transactions reports
// whether it can roll back.
func Test(t *testing.T, transactions bool, newStore func(t *testing.T) repository.Store) {
	t.Run("users", func(t *testing.T) { testUsers(t, newStore) })
	t.Run("sessions", func(t *testing.T) { testSessions(t, newStore) })
	t.Run("customers", func(t *testing.T) { testCustomers(t, newStore) })
	t.Run("price lists", func(t *testing.T) { testPriceLists(t, newStore) })
	t.Run("orders", func(t *testing.T) { testOrders(t, newStore) })

	t.Run("a transaction is committed", func(t *testing.T) {
		f := newFixture(t, newStore)
		item := f.sampleCustomer(1)
		require.NoError(t, f.store.InTx(t.Context(), func(ctx context.Context, tx repository.Repositories) error {
			require.NoError(t, tx.Customers.Create(ctx, item))
			_, err := tx.Customers.Get(ctx, f.scope(), item.ID)
			return err
		}))
		_, err := f.Customers.Get(t.Context(), f.scope(), item.ID)
		require.NoError(t, err)
	})

	t.Run("what a transaction does to customers is visible afterwards", func(t *testing.T) {
		f := newFixture(t, newStore)
		item := f.sampleCustomer(1)
		require.NoError(t, f.Customers.Create(t.Context(), item))
		get := func() (models.Customer, error) {
			return f.Customers.Get(t.Context(), f.scope(), item.ID)
		}
		_, err := get() // so that a cache has it
		require.NoError(t, err)

		require.NoError(t, f.store.InTx(t.Context(), func(ctx context.Context, tx repository.Repositories) error {
			_, err := tx.Customers.Update(ctx, f.scope(), item.ID, 0, item.CustomerFields, later)
			return err
		}))
		updated, err := get()
		require.NoError(t, err)
		require.EqualValues(t, 2, updated.Version)

		require.NoError(t, f.store.InTx(t.Context(), func(ctx context.Context, tx repository.Repositories) error {
			return tx.Customers.Delete(ctx, f.scope(), item.ID, 0)
		}))
		_, err = get()
		requireKind(t, apperr.NotFound, err)
	})

	t.Run("what a transaction does to price lists is visible afterwards", func(t *testing.T) {
		f := newFixture(t, newStore)
		item := f.samplePriceList(1)
		require.NoError(t, f.PriceLists.Create(t.Context(), item))
		get := func() (models.PriceList, error) {
			return f.PriceLists.Get(t.Context(), f.scope(), item.ID)
		}
		_, err := get() // so that a cache has it
		require.NoError(t, err)

		require.NoError(t, f.store.InTx(t.Context(), func(ctx context.Context, tx repository.Repositories) error {
			_, err := tx.PriceLists.Update(ctx, f.scope(), item.ID, 0, item.PriceListFields, later)
			return err
		}))
		updated, err := get()
		require.NoError(t, err)
		require.EqualValues(t, 2, updated.Version)

		require.NoError(t, f.store.InTx(t.Context(), func(ctx context.Context, tx repository.Repositories) error {
			return tx.PriceLists.Delete(ctx, f.scope(), item.ID, 0)
		}))
		_, err = get()
		requireKind(t, apperr.NotFound, err)
	})

	t.Run("what a transaction does to orders is visible afterwards", func(t *testing.T) {
		f := newFixture(t, newStore)
		item := f.sampleOrder(1)
		require.NoError(t, f.Orders.Create(t.Context(), item))
		get := func() (models.Order, error) {
			return f.Orders.Get(t.Context(), f.scope(), item.ID)
		}
		_, err := get() // so that a cache has it
		require.NoError(t, err)

		require.NoError(t, f.store.InTx(t.Context(), func(ctx context.Context, tx repository.Repositories) error {
			_, err := tx.Orders.Update(ctx, f.scope(), item.ID, 0, item.OrderFields, later)
			return err
		}))
		updated, err := get()
		require.NoError(t, err)
		require.EqualValues(t, 2, updated.Version)

		require.NoError(t, f.store.InTx(t.Context(), func(ctx context.Context, tx repository.Repositories) error {
			return tx.Orders.Delete(ctx, f.scope(), item.ID, 0)
		}))
		_, err = get()
		requireKind(t, apperr.NotFound, err)
	})

	t.Run("the error of a transaction is returned", func(t *testing.T) {
		f := newFixture(t, newStore)
		failed := errors.New("failed")
		err := f.store.InTx(t.Context(), func(context.Context, repository.Repositories) error { return failed })
		require.ErrorIs(t, err, failed)
	})

	t.Run("a failed transaction changes nothing", func(t *testing.T) {
		if !transactions {
			t.Skip("the store has no transactions")
		}
		f := newFixture(t, newStore)
		kept, item := f.sampleCustomer(1), f.sampleCustomer(2)
		require.NoError(t, f.Customers.Create(t.Context(), kept))
		require.Error(t, f.store.InTx(t.Context(), func(ctx context.Context, tx repository.Repositories) error {
			require.NoError(t, tx.Customers.Create(ctx, item))
			require.NoError(t, tx.Customers.Delete(ctx, f.scope(), kept.ID, 0))
			return errors.New("failed")
		}))
		_, err := f.Customers.Get(t.Context(), f.scope(), item.ID)
		requireKind(t, apperr.NotFound, err)
		_, err = f.Customers.Get(t.Context(), f.scope(), kept.ID)
		require.NoError(t, err)
	})
}

// Benchmark measures reads from an empty store.
func Benchmark(b *testing.B, store repository.Store) {
	f := fixtureIn(b, store)
	b.Run("get a customer", func(b *testing.B) {
		item := f.sampleCustomer(1)
		require.NoError(b, f.Customers.Create(b.Context(), item))
		for b.Loop() {
			_, err := f.Customers.Get(b.Context(), f.scope(), item.ID)
			require.NoError(b, err)
		}
	})
	b.Run("list customers", func(b *testing.B) {
		query := models.CustomerQuery{Scope: f.scope(), Page: models.PageRequest{Limit: 9}}
		for n := range query.Page.Limit {
			require.NoError(b, f.Customers.Create(b.Context(), f.sampleCustomer(n+1)))
		}
		for b.Loop() {
			items, err := f.Customers.List(b.Context(), query)
			require.NoError(b, err)
			require.Len(b, items, query.Page.Limit)
		}
	})
	b.Run("get a price list", func(b *testing.B) {
		item := f.samplePriceList(1)
		require.NoError(b, f.PriceLists.Create(b.Context(), item))
		for b.Loop() {
			_, err := f.PriceLists.Get(b.Context(), f.scope(), item.ID)
			require.NoError(b, err)
		}
	})
	b.Run("list price lists", func(b *testing.B) {
		query := models.PriceListQuery{Scope: f.scope(), Page: models.PageRequest{Limit: 9}}
		for n := range query.Page.Limit {
			require.NoError(b, f.PriceLists.Create(b.Context(), f.samplePriceList(n+1)))
		}
		for b.Loop() {
			items, err := f.PriceLists.List(b.Context(), query)
			require.NoError(b, err)
			require.Len(b, items, query.Page.Limit)
		}
	})
	b.Run("get an order", func(b *testing.B) {
		item := f.sampleOrder(1)
		require.NoError(b, f.Orders.Create(b.Context(), item))
		for b.Loop() {
			_, err := f.Orders.Get(b.Context(), f.scope(), item.ID)
			require.NoError(b, err)
		}
	})
	b.Run("list orders", func(b *testing.B) {
		query := models.OrderQuery{Scope: f.scope(), Page: models.PageRequest{Limit: 9}}
		for n := range query.Page.Limit {
			require.NoError(b, f.Orders.Create(b.Context(), f.sampleOrder(n+1)))
		}
		for b.Loop() {
			items, err := f.Orders.List(b.Context(), query)
			require.NoError(b, err)
			require.Len(b, items, query.Page.Limit)
		}
	})
}

// fixture is a store with the rows that samples refer to.
type fixture struct {
	repository.Repositories

	t     testing.TB
	store repository.Store
	// owner is the user who owns the samples.
	owner uuid.UUID
}

// fixtureIn returns a fixture in a store.
func fixtureIn(t testing.TB, store repository.Store) *fixture {
	t.Helper()
	f := &fixture{t: t, store: store, Repositories: store.Repositories()}
	f.owner = f.newOwner()
	return f
}

func newFixture(t *testing.T, newStore func(t *testing.T) repository.Store) *fixture {
	t.Helper()
	return fixtureIn(t, newStore(t))
}

// newOwner returns the ID of a user.
func (f *fixture) newOwner() uuid.UUID {
	f.t.Helper()
	user := sampleUser(int(count.Add(1)))
	require.NoError(f.t, f.Users.Create(f.t.Context(), user))
	return user.ID
}

// scope is the scope of the owner of the samples.
func (f *fixture) scope() models.Scope {
	return models.Scope{Owner: f.owner}
}

// count numbers what samples refer to, because unique values must differ.
var count atomic.Int64

// contract tests a repository of items of type T, independently of their
// fields.
type contract[T any] struct {
	newStore func(t *testing.T) repository.Store

	// sample returns an item that differs for each n.
	sample func(f *fixture, n int) T

	// id and version return pointers into an item.
	id      func(item *T) *uuid.UUID
	version func(item *T) *int64

	// position returns the place of an item in a sorted list.
	position func(item T, sort models.PageSort) models.PagePosition

	// same requires that an item that was read equals the one that was written.
	same func(t *testing.T, written, read T)

	// changed returns an item with the fields of another one, as it is after an
	// update.
	changed func(item, fields T, at time.Time) T

	create func(f *fixture, item T) error
	get    func(f *fixture, id uuid.UUID) (T, error)
	list   func(f *fixture, page models.PageRequest) ([]T, error)
	count  func(f *fixture, page models.PageRequest) (int64, error)
	update func(f *fixture, id uuid.UUID, version int64, fields T, at time.Time) (T, error)
	delete func(f *fixture, id uuid.UUID, version int64) error
}

func (c contract[T]) test(t *testing.T) {
	t.Run("a created item can be read", c.testCreate)
	t.Run("IDs are unique", c.testCreateTwice)
	t.Run("a missing item is not found", c.testNotFound)
	t.Run("an update is stored and returned", c.testUpdate)
	t.Run("an update of another version is refused", c.testUpdateStale)
	t.Run("one of several concurrent updates of a version succeeds", c.testUpdateOnce)
	t.Run("concurrent updates of any version are not lost", c.testUpdateInParallel)
	t.Run("a deleted item is not found", c.testDelete)
	t.Run("a deletion of another version is refused", c.testDeleteStale)
	t.Run("pages contain every item once, in both directions", c.testPages)
}

func (c contract[T]) created(t *testing.T, f *fixture, n int) T {
	t.Helper()
	item := c.sample(f, n)
	require.NoError(t, c.create(f, item))
	return item
}

func (c contract[T]) testCreate(t *testing.T) {
	f := newFixture(t, c.newStore)
	item := c.created(t, f, 1)
	read, err := c.get(f, *c.id(&item))
	require.NoError(t, err)
	c.same(t, item, read)
}

func (c contract[T]) testCreateTwice(t *testing.T) {
	f := newFixture(t, c.newStore)
	item, other := c.created(t, f, 1), c.sample(f, 2)
	*c.id(&other) = *c.id(&item)
	requireKind(t, apperr.Conflict, c.create(f, other))
}

func (c contract[T]) testNotFound(t *testing.T) {
	f := newFixture(t, c.newStore)
	item := c.sample(f, 1)
	for _, version := range []int64{0, 1} {
		_, err := c.get(f, *c.id(&item))
		requireKind(t, apperr.NotFound, err)
		_, err = c.update(f, *c.id(&item), version, item, later)
		requireKind(t, apperr.NotFound, err)
		requireKind(t, apperr.NotFound, c.delete(f, *c.id(&item), version))
	}
}

func (c contract[T]) testUpdate(t *testing.T) {
	f := newFixture(t, c.newStore)
	item, fields := c.created(t, f, 1), c.sample(f, 2)
	other := c.created(t, f, 3)
	// Read it first, so that a cache has it.
	_, err := c.get(f, *c.id(&item))
	require.NoError(t, err)

	expected := c.changed(item, fields, later)
	*c.version(&expected) = 2
	updated, err := c.update(f, *c.id(&item), 1, fields, later)
	require.NoError(t, err)
	c.same(t, expected, updated)
	read, err := c.get(f, *c.id(&item))
	require.NoError(t, err)
	c.same(t, expected, read)

	read, err = c.get(f, *c.id(&other))
	require.NoError(t, err)
	c.same(t, other, read)
}

func (c contract[T]) testUpdateStale(t *testing.T) {
	f := newFixture(t, c.newStore)
	item := c.created(t, f, 1)
	_, err := c.update(f, *c.id(&item), 2, c.sample(f, 2), later)
	requireKind(t, apperr.Stale, err)

	read, err := c.get(f, *c.id(&item))
	require.NoError(t, err)
	c.same(t, item, read)
}

func (c contract[T]) testUpdateOnce(t *testing.T) {
	f := newFixture(t, c.newStore)
	item := c.created(t, f, 1)
	fields := c.sample(f, 2)
	failures := inParallel(func() error {
		_, err := c.update(f, *c.id(&item), 1, fields, later)
		return err
	})
	require.Len(t, failures, parallel-1)
	for _, err := range failures {
		requireKind(t, apperr.Stale, err)
	}
}

func (c contract[T]) testUpdateInParallel(t *testing.T) {
	f := newFixture(t, c.newStore)
	item := c.created(t, f, 1)
	require.Empty(t, inParallel(func() error {
		_, err := c.update(f, *c.id(&item), 0, item, later)
		return err
	}))
	read, err := c.get(f, *c.id(&item))
	require.NoError(t, err)
	require.Equal(t, int64(1+parallel), *c.version(&read))
}

func (c contract[T]) testDelete(t *testing.T) {
	f := newFixture(t, c.newStore)
	item, other := c.created(t, f, 1), c.created(t, f, 2)
	// Read it first, so that a cache has it.
	_, err := c.get(f, *c.id(&item))
	require.NoError(t, err)

	require.NoError(t, c.delete(f, *c.id(&item), 1))
	_, err = c.get(f, *c.id(&item))
	requireKind(t, apperr.NotFound, err)
	_, err = c.get(f, *c.id(&other))
	require.NoError(t, err)

	// Its unique values can be used again.
	require.NoError(t, c.create(f, item))
	require.NoError(t, c.delete(f, *c.id(&item), 0))
}

func (c contract[T]) testDeleteStale(t *testing.T) {
	f := newFixture(t, c.newStore)
	item := c.created(t, f, 1)
	requireKind(t, apperr.Stale, c.delete(f, *c.id(&item), 2))
	_, err := c.get(f, *c.id(&item))
	require.NoError(t, err)
}

func (c contract[T]) testPages(t *testing.T) {
	f := newFixture(t, c.newStore)
	var items []T
	for n := range 7 {
		items = append(items, c.created(t, f, n+1))
	}
	requireOrder(t, "", items, c.position, func(page models.PageRequest) ([]T, error) { return c.list(f, page) })
	count, err := c.count(f, models.PageRequest{Limit: 3, Total: true})
	require.NoError(t, err)
	require.EqualValues(t, len(items), count)
}

// later is the time of updates.
var later = time.Date(2025, time.March, 1, 12, 30, 0, 123000000, time.UTC)

// parallel is the number of concurrent calls.
const parallel = 16

// inParallel calls do several times at once, and returns the errors.
func inParallel(do func() error) []error {
	results := make(chan error, parallel)
	for range parallel {
		go func() { results <- do() }()
	}
	var failures []error
	for range parallel {
		if err := <-results; err != nil {
			failures = append(failures, err)
		}
	}
	return failures
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

// fit shortens or extends a text to a number of characters.
func fit(text string, least, most int) string {
	characters := []rune(text)
	return string(characters[:min(len(characters), most)]) + strings.Repeat("x", max(0, least-len(characters)))
}

// numbered returns a text that differs for each n up to 9.
func numbered(n, least, most int) string {
	return fit(fmt.Sprintf("%d of the samples", n), least, min(most, max(least, 20)))
}

// newID returns an ID that is greater than all previous ones.
func newID() uuid.UUID {
	return uuid.Must(uuid.NewV7())
}
