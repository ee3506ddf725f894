package repositorytest

import (
	"bytes"
	"cmp"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/models"
	"example.com/market-api/internal/repository"
)

func testCustomers(t *testing.T, newStore func(t *testing.T) repository.Store) {
	contract[models.Customer]{
		newStore: newStore,
		sample:   (*fixture).sampleCustomer,
		position: models.PositionOfCustomer,
		same:     sameCustomer,
		id: func(item *models.Customer) *uuid.UUID {
			return &item.ID
		},
		version: func(item *models.Customer) *int64 {
			return &item.Version
		},
		changed: func(item, fields models.Customer, at time.Time) models.Customer {
			item.CustomerFields, item.UpdatedAt = fields.CustomerFields, at
			return item
		},
		create: func(f *fixture, item models.Customer) error {
			return f.Customers.Create(f.t.Context(), item)
		},
		get: func(f *fixture, id uuid.UUID) (models.Customer, error) {
			return f.Customers.Get(f.t.Context(), f.scope(), id)
		},
		list: func(f *fixture, page models.PageRequest) ([]models.Customer, error) {
			return f.Customers.List(f.t.Context(), models.CustomerQuery{Scope: f.scope(), Page: page})
		},
		count: func(f *fixture, page models.PageRequest) (int64, error) {
			return f.Customers.Count(f.t.Context(), models.CustomerQuery{Scope: f.scope(), Page: page})
		},
		update: func(f *fixture, id uuid.UUID, version int64, fields models.Customer, at time.Time) (models.Customer, error) {
			return f.Customers.Update(f.t.Context(), f.scope(), id, version, fields.CustomerFields, at)
		},
		delete: func(f *fixture, id uuid.UUID, version int64) error {
			return f.Customers.Delete(f.t.Context(), f.scope(), id, version)
		},
	}.test(t)

	t.Run("extreme values are stored exactly", func(t *testing.T) {
		f := newFixture(t, newStore)
		for _, item := range f.extremesCustomer() {
			require.NoError(t, f.Customers.Create(t.Context(), item))
			read, err := f.Customers.Get(t.Context(), f.scope(), item.ID)
			require.NoError(t, err)
			sameCustomer(t, item, read)
		}
	})

	t.Run("samples have a value for each field", func(t *testing.T) {
		f := newFixture(t, newStore)
		one, other := f.sampleCustomer(1), f.sampleCustomer(2)
		requireFilled(t, one.CustomerFields, other.CustomerFields)
	})

	t.Run("a list considers each part of its query", func(t *testing.T) {
		f := newFixture(t, newStore)
		stored, other := f.sampleCustomer(1), f.sampleCustomer(2)
		require.NoError(t, f.Customers.Create(t.Context(), stored))
		requireSelective(t, stored, other, func(query models.CustomerQuery) int {
			query.Scope = f.scope()
			query.Page.Limit = 9
			items, err := f.Customers.List(t.Context(), query)
			require.NoError(t, err)
			count, err := f.Customers.Count(t.Context(), query)
			require.NoError(t, err)
			return len(items) + int(count)
		})
	})

	t.Run("modifying a returned item does not change the stored one", func(t *testing.T) {
		f := newFixture(t, newStore)
		item := f.sampleCustomer(1)
		require.NoError(t, f.Customers.Create(t.Context(), item))
		read, err := f.Customers.Get(t.Context(), f.scope(), item.ID)
		require.NoError(t, err)
		expected := item
		expected.CustomerFields = detached(item.CustomerFields)
		overwrite(item.CustomerFields)
		overwrite(read.CustomerFields)

		again, err := f.Customers.Get(t.Context(), f.scope(), item.ID)
		require.NoError(t, err)
		sameCustomer(t, expected, again)
	})

	t.Run("an optional value can be removed", func(t *testing.T) {
		f := newFixture(t, newStore)
		item := f.sampleCustomer(1)
		require.NoError(t, f.Customers.Create(t.Context(), item))
		fields := item.CustomerFields
		fields.Birthday = nil
		updated, err := f.Customers.Update(t.Context(), f.scope(), item.ID, 0, fields, later)
		require.NoError(t, err)
		require.Nil(t, updated.Birthday)

		read, err := f.Customers.Get(t.Context(), f.scope(), item.ID)
		require.NoError(t, err)
		require.Nil(t, read.Birthday)
	})

	t.Run("email is unique per owner", func(t *testing.T) {
		f := newFixture(t, newStore)
		first, second, third := f.sampleCustomer(1), f.sampleCustomer(2), f.sampleCustomer(3)
		require.NoError(t, f.Customers.Create(t.Context(), first))
		require.NoError(t, f.Customers.Create(t.Context(), second))

		third.Email = first.Email
		requireTaken(t, "email", f.Customers.Create(t.Context(), third))

		second.Email = first.Email
		_, err := f.Customers.Update(t.Context(), f.scope(), second.ID, 0, second.CustomerFields, later)
		requireTaken(t, "email", err)
		_, err = f.Customers.Update(t.Context(), f.scope(), first.ID, 0, first.CustomerFields, later)
		require.NoError(t, err)
	})

	t.Run("different owners can have the same email", func(t *testing.T) {
		f := newFixture(t, newStore)
		mine := f.sampleCustomer(1)
		require.NoError(t, f.Customers.Create(t.Context(), mine))

		f.owner = f.newOwner()
		other := f.sampleCustomer(2)
		other.Email = mine.Email
		require.NoError(t, f.Customers.Create(t.Context(), other))
	})

	t.Run("customers of somebody else do not exist", func(t *testing.T) {
		f := newFixture(t, newStore)
		mine := f.sampleCustomer(1)
		require.NoError(t, f.Customers.Create(t.Context(), mine))
		// Read it first, so that a cache has it.
		_, err := f.Customers.Get(t.Context(), f.scope(), mine.ID)
		require.NoError(t, err)

		stranger := models.Scope{Owner: f.newOwner()}
		for _, version := range []int64{0, 1, 2} {
			_, err = f.Customers.Get(t.Context(), stranger, mine.ID)
			requireKind(t, apperr.NotFound, err)
			_, err = f.Customers.Update(t.Context(), stranger, mine.ID, version, mine.CustomerFields, later)
			requireKind(t, apperr.NotFound, err)
			requireKind(t, apperr.NotFound, f.Customers.Delete(t.Context(), stranger, mine.ID, version))
		}
		items, err := f.Customers.List(t.Context(), models.CustomerQuery{Scope: stranger, Page: models.PageRequest{Limit: 9}})
		require.NoError(t, err)
		require.Empty(t, items)

		read, err := f.Customers.Get(t.Context(), f.scope(), mine.ID)
		require.NoError(t, err)
		sameCustomer(t, mine, read)
	})

	t.Run("a scope can include the customers of all owners", func(t *testing.T) {
		f := newFixture(t, newStore)
		mine := f.sampleCustomer(1)
		require.NoError(t, f.Customers.Create(t.Context(), mine))

		all := models.Scope{Owner: f.newOwner(), All: true}
		items, err := f.Customers.List(t.Context(), models.CustomerQuery{Scope: all, Page: models.PageRequest{Limit: 9}})
		require.NoError(t, err)
		require.Len(t, items, 1)
		_, err = f.Customers.Get(t.Context(), all, mine.ID)
		require.NoError(t, err)
		updated, err := f.Customers.Update(t.Context(), all, mine.ID, 1, mine.CustomerFields, later)
		require.NoError(t, err)
		require.Equal(t, f.owner, updated.OwnerID)
		require.NoError(t, f.Customers.Delete(t.Context(), all, mine.ID, 2))
	})

	t.Run("a list is filtered by email", func(t *testing.T) {
		f := newFixture(t, newStore)
		item := f.sampleCustomer(1)
		require.NoError(t, f.Customers.Create(t.Context(), item))
		require.NoError(t, f.Customers.Create(t.Context(), f.sampleCustomer(2)))

		items, err := f.Customers.List(t.Context(), models.CustomerQuery{
			Scope:  f.scope(),
			Filter: models.CustomerFilter{Email: &item.Email},
			Page:   models.PageRequest{Limit: 9},
		})
		require.NoError(t, err)
		require.Len(t, items, 1)
		sameCustomer(t, item, items[0])
	})

	t.Run("a list is sorted by name", func(t *testing.T) {
		f := newFixture(t, newStore)
		var items []models.Customer
		for n := range 5 {
			item := f.sampleCustomer(n + 1)
			if n > 2 {
				item.Name = items[0].Name
			}
			require.NoError(t, f.Customers.Create(t.Context(), item))
			items = append(items, item)
		}
		slices.SortFunc(items, func(a, b models.Customer) int {
			return cmp.Or(cmp.Compare(a.Name, b.Name), bytes.Compare(a.ID[:], b.ID[:]))
		})
		requireOrder(t, "name", items, models.PositionOfCustomer, func(page models.PageRequest) ([]models.Customer, error) {
			return f.Customers.List(t.Context(), models.CustomerQuery{Scope: f.scope(), Page: page})
		})
	})

	t.Run("a list is filtered by bounds of birthday", func(t *testing.T) {
		f := newFixture(t, newStore)
		items := []models.Customer{f.sampleCustomer(1), f.sampleCustomer(2), f.sampleCustomer(3)}
		for _, item := range items {
			require.NoError(t, f.Customers.Create(t.Context(), item))
		}
		without := f.sampleCustomer(4)
		without.Birthday = nil
		require.NoError(t, f.Customers.Create(t.Context(), without))
		requireRange(t, items, func(item models.Customer) models.Date {
			return *item.Birthday
		}, models.Date.Compare, func(bounds models.Bounds[models.Date]) ([]models.Customer, error) {
			return f.Customers.List(t.Context(), models.CustomerQuery{
				Scope:  f.scope(),
				Ranges: models.CustomerRanges{Birthday: bounds},
				Page:   models.PageRequest{Limit: 9},
			})
		})
	})

	t.Run("a list is filtered by bounds of created_at", func(t *testing.T) {
		f := newFixture(t, newStore)
		items := []models.Customer{f.sampleCustomer(1), f.sampleCustomer(2), f.sampleCustomer(3)}
		for _, item := range items {
			require.NoError(t, f.Customers.Create(t.Context(), item))
		}
		requireRange(t, items, func(item models.Customer) time.Time {
			return item.CreatedAt
		}, time.Time.Compare, func(bounds models.Bounds[time.Time]) ([]models.Customer, error) {
			return f.Customers.List(t.Context(), models.CustomerQuery{
				Scope:  f.scope(),
				Ranges: models.CustomerRanges{CreatedAt: bounds},
				Page:   models.PageRequest{Limit: 9},
			})
		})
	})

	t.Run("a list is filtered by bounds of updated_at", func(t *testing.T) {
		f := newFixture(t, newStore)
		items := []models.Customer{f.sampleCustomer(1), f.sampleCustomer(2), f.sampleCustomer(3)}
		for _, item := range items {
			require.NoError(t, f.Customers.Create(t.Context(), item))
		}
		requireRange(t, items, func(item models.Customer) time.Time {
			return item.UpdatedAt
		}, time.Time.Compare, func(bounds models.Bounds[time.Time]) ([]models.Customer, error) {
			return f.Customers.List(t.Context(), models.CustomerQuery{
				Scope:  f.scope(),
				Ranges: models.CustomerRanges{UpdatedAt: bounds},
				Page:   models.PageRequest{Limit: 9},
			})
		})
	})

	t.Run("a list is searched", func(t *testing.T) {
		f := newFixture(t, newStore)
		var values [][]string
		for _, item := range []models.Customer{f.sampleCustomer(1), f.sampleCustomer(2), f.extremesCustomer()[0]} {
			require.NoError(t, f.Customers.Create(t.Context(), item))
			values = append(values, []string{item.Name})
		}
		requireSearch(t, values, func(text string) int {
			query := models.CustomerQuery{Scope: f.scope(), Search: text, Page: models.PageRequest{Limit: 9}}
			items, err := f.Customers.List(t.Context(), query)
			require.NoError(t, err)
			count, err := f.Customers.Count(t.Context(), query)
			require.NoError(t, err)
			require.Len(t, items, int(count))
			return len(items)
		})
	})

	t.Run("a customer cannot be deleted while orders refer to it by customer_id", func(t *testing.T) {
		f := newFixture(t, newStore)
		item := f.sampleCustomer(1)
		require.NoError(t, f.Customers.Create(t.Context(), item))
		referring := f.sampleOrder(2)
		referring.CustomerID = item.ID
		require.NoError(t, f.Orders.Create(t.Context(), referring))
		_, err := f.Orders.Get(t.Context(), f.scope(), referring.ID)
		require.NoError(t, err)

		requireKind(t, apperr.Conflict, f.Customers.Delete(t.Context(), f.scope(), item.ID, 0))
		_, err = f.Customers.Get(t.Context(), f.scope(), item.ID)
		require.NoError(t, err)
		require.NoError(t, f.Orders.Delete(t.Context(), f.scope(), referring.ID, 0))
		require.NoError(t, f.Customers.Delete(t.Context(), f.scope(), item.ID, 0))
	})
}

// SampleCustomer returns a customer that differs for each n and can be stored for an
// owner. What it refers to is stored.
func SampleCustomer(t testing.TB, store repository.Store, owner uuid.UUID, n int) models.Customer {
	t.Helper()
	f := &fixture{t: t, store: store, Repositories: store.Repositories(), owner: owner}
	return f.sampleCustomer(n)
}

// sampleCustomer returns a customer that differs for each n and can be stored.
func (f *fixture) sampleCustomer(n int) models.Customer {
	at := time.Date(2024, time.February, 29, 23, 59, n, 123000000, time.UTC)
	item := models.Customer{ID: newID(), Version: 1, CreatedAt: at, UpdatedAt: at}
	item.OwnerID = f.owner
	item.Email = numbered(n, 1, 254)
	item.Name = numbered(n, 1, 120)
	item.Birthday = new(models.NewDate(2024, time.February, n))
	item.Newsletter = n%2 == 0
	return item
}

// extremesCustomer returns customers with the lowest and the highest values, and one
// without optional values.
func (f *fixture) extremesCustomer() []models.Customer {
	least, greatest, none := f.sampleCustomer(1), f.sampleCustomer(2), f.sampleCustomer(3)
	least.Email = fit(awkward, 1, 254)
	greatest.Email = fit(long, 1, 254)
	least.Name = fit(awkward, 1, 120)
	greatest.Name = fit(long, 1, 120)
	least.Birthday = new(models.NewDate(1, time.January, 1))
	greatest.Birthday = new(models.NewDate(9999, time.December, 31))
	least.Newsletter = false
	greatest.Newsletter = true
	none.Birthday = nil
	return []models.Customer{least, greatest, none}
}

func sameCustomer(t *testing.T, written, read models.Customer) {
	t.Helper()
	require.Equal(t, written, read)
}
