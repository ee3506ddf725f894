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

func testPriceLists(t *testing.T, newStore func(t *testing.T) repository.Store) {
	contract[models.PriceList]{
		newStore: newStore,
		sample:   (*fixture).samplePriceList,
		position: models.PositionOfPriceList,
		same:     samePriceList,
		id: func(item *models.PriceList) *uuid.UUID {
			return &item.ID
		},
		version: func(item *models.PriceList) *int64 {
			return &item.Version
		},
		changed: func(item, fields models.PriceList, at time.Time) models.PriceList {
			item.PriceListFields, item.UpdatedAt = fields.PriceListFields, at
			return item
		},
		create: func(f *fixture, item models.PriceList) error {
			return f.PriceLists.Create(f.t.Context(), item)
		},
		get: func(f *fixture, id uuid.UUID) (models.PriceList, error) {
			return f.PriceLists.Get(f.t.Context(), f.scope(), id)
		},
		list: func(f *fixture, page models.PageRequest) ([]models.PriceList, error) {
			return f.PriceLists.List(f.t.Context(), models.PriceListQuery{Scope: f.scope(), Page: page})
		},
		count: func(f *fixture, page models.PageRequest) (int64, error) {
			return f.PriceLists.Count(f.t.Context(), models.PriceListQuery{Scope: f.scope(), Page: page})
		},
		update: func(f *fixture, id uuid.UUID, version int64, fields models.PriceList, at time.Time) (models.PriceList, error) {
			return f.PriceLists.Update(f.t.Context(), f.scope(), id, version, fields.PriceListFields, at)
		},
		delete: func(f *fixture, id uuid.UUID, version int64) error {
			return f.PriceLists.Delete(f.t.Context(), f.scope(), id, version)
		},
	}.test(t)

	t.Run("extreme values are stored exactly", func(t *testing.T) {
		f := newFixture(t, newStore)
		for _, item := range f.extremesPriceList() {
			require.NoError(t, f.PriceLists.Create(t.Context(), item))
			read, err := f.PriceLists.Get(t.Context(), f.scope(), item.ID)
			require.NoError(t, err)
			samePriceList(t, item, read)
		}
	})

	t.Run("samples have a value for each field", func(t *testing.T) {
		f := newFixture(t, newStore)
		one, other := f.samplePriceList(1), f.samplePriceList(2)
		requireFilled(t, one.PriceListFields, other.PriceListFields)
	})

	t.Run("a list considers each part of its query", func(t *testing.T) {
		f := newFixture(t, newStore)
		stored, other := f.samplePriceList(1), f.samplePriceList(2)
		require.NoError(t, f.PriceLists.Create(t.Context(), stored))
		requireSelective(t, stored, other, func(query models.PriceListQuery) int {
			query.Scope = f.scope()
			query.Page.Limit = 9
			items, err := f.PriceLists.List(t.Context(), query)
			require.NoError(t, err)
			count, err := f.PriceLists.Count(t.Context(), query)
			require.NoError(t, err)
			return len(items) + int(count)
		})
	})

	t.Run("modifying a returned item does not change the stored one", func(t *testing.T) {
		f := newFixture(t, newStore)
		item := f.samplePriceList(1)
		require.NoError(t, f.PriceLists.Create(t.Context(), item))
		read, err := f.PriceLists.Get(t.Context(), f.scope(), item.ID)
		require.NoError(t, err)
		expected := item
		expected.PriceListFields = detached(item.PriceListFields)
		overwrite(item.PriceListFields)
		overwrite(read.PriceListFields)

		again, err := f.PriceLists.Get(t.Context(), f.scope(), item.ID)
		require.NoError(t, err)
		samePriceList(t, expected, again)
	})

	t.Run("an optional value can be removed", func(t *testing.T) {
		f := newFixture(t, newStore)
		item := f.samplePriceList(1)
		require.NoError(t, f.PriceLists.Create(t.Context(), item))
		fields := item.PriceListFields
		fields.Discount = nil
		updated, err := f.PriceLists.Update(t.Context(), f.scope(), item.ID, 0, fields, later)
		require.NoError(t, err)
		require.Nil(t, updated.Discount)

		read, err := f.PriceLists.Get(t.Context(), f.scope(), item.ID)
		require.NoError(t, err)
		require.Nil(t, read.Discount)
	})

	t.Run("title is unique per owner", func(t *testing.T) {
		f := newFixture(t, newStore)
		first, second, third := f.samplePriceList(1), f.samplePriceList(2), f.samplePriceList(3)
		require.NoError(t, f.PriceLists.Create(t.Context(), first))
		require.NoError(t, f.PriceLists.Create(t.Context(), second))

		third.Title = first.Title
		requireTaken(t, "title", f.PriceLists.Create(t.Context(), third))

		second.Title = first.Title
		_, err := f.PriceLists.Update(t.Context(), f.scope(), second.ID, 0, second.PriceListFields, later)
		requireTaken(t, "title", err)
		_, err = f.PriceLists.Update(t.Context(), f.scope(), first.ID, 0, first.PriceListFields, later)
		require.NoError(t, err)
	})

	t.Run("different owners can have the same title", func(t *testing.T) {
		f := newFixture(t, newStore)
		mine := f.samplePriceList(1)
		require.NoError(t, f.PriceLists.Create(t.Context(), mine))

		f.owner = f.newOwner()
		other := f.samplePriceList(2)
		other.Title = mine.Title
		require.NoError(t, f.PriceLists.Create(t.Context(), other))
	})

	t.Run("price lists of somebody else do not exist", func(t *testing.T) {
		f := newFixture(t, newStore)
		mine := f.samplePriceList(1)
		require.NoError(t, f.PriceLists.Create(t.Context(), mine))
		// Read it first, so that a cache has it.
		_, err := f.PriceLists.Get(t.Context(), f.scope(), mine.ID)
		require.NoError(t, err)

		stranger := models.Scope{Owner: f.newOwner()}
		for _, version := range []int64{0, 1, 2} {
			_, err = f.PriceLists.Get(t.Context(), stranger, mine.ID)
			requireKind(t, apperr.NotFound, err)
			_, err = f.PriceLists.Update(t.Context(), stranger, mine.ID, version, mine.PriceListFields, later)
			requireKind(t, apperr.NotFound, err)
			requireKind(t, apperr.NotFound, f.PriceLists.Delete(t.Context(), stranger, mine.ID, version))
		}
		items, err := f.PriceLists.List(t.Context(), models.PriceListQuery{Scope: stranger, Page: models.PageRequest{Limit: 9}})
		require.NoError(t, err)
		require.Empty(t, items)

		read, err := f.PriceLists.Get(t.Context(), f.scope(), mine.ID)
		require.NoError(t, err)
		samePriceList(t, mine, read)
	})

	t.Run("a scope can include the price lists of all owners", func(t *testing.T) {
		f := newFixture(t, newStore)
		mine := f.samplePriceList(1)
		require.NoError(t, f.PriceLists.Create(t.Context(), mine))

		all := models.Scope{Owner: f.newOwner(), All: true}
		items, err := f.PriceLists.List(t.Context(), models.PriceListQuery{Scope: all, Page: models.PageRequest{Limit: 9}})
		require.NoError(t, err)
		require.Len(t, items, 1)
		_, err = f.PriceLists.Get(t.Context(), all, mine.ID)
		require.NoError(t, err)
		updated, err := f.PriceLists.Update(t.Context(), all, mine.ID, 1, mine.PriceListFields, later)
		require.NoError(t, err)
		require.Equal(t, f.owner, updated.OwnerID)
		require.NoError(t, f.PriceLists.Delete(t.Context(), all, mine.ID, 2))
	})

	t.Run("a list is filtered by currency", func(t *testing.T) {
		f := newFixture(t, newStore)
		item := f.samplePriceList(1)
		require.NoError(t, f.PriceLists.Create(t.Context(), item))
		require.NoError(t, f.PriceLists.Create(t.Context(), f.samplePriceList(2)))

		items, err := f.PriceLists.List(t.Context(), models.PriceListQuery{
			Scope:  f.scope(),
			Filter: models.PriceListFilter{Currency: &item.Currency},
			Page:   models.PageRequest{Limit: 9},
		})
		require.NoError(t, err)
		require.Len(t, items, 1)
		samePriceList(t, item, items[0])
	})

	t.Run("a list is filtered by title", func(t *testing.T) {
		f := newFixture(t, newStore)
		item := f.samplePriceList(1)
		require.NoError(t, f.PriceLists.Create(t.Context(), item))
		require.NoError(t, f.PriceLists.Create(t.Context(), f.samplePriceList(2)))

		items, err := f.PriceLists.List(t.Context(), models.PriceListQuery{
			Scope:  f.scope(),
			Filter: models.PriceListFilter{Title: &item.Title},
			Page:   models.PageRequest{Limit: 9},
		})
		require.NoError(t, err)
		require.Len(t, items, 1)
		samePriceList(t, item, items[0])
	})

	t.Run("a list is sorted by valid_from", func(t *testing.T) {
		f := newFixture(t, newStore)
		var items []models.PriceList
		for n := range 5 {
			item := f.samplePriceList(n + 1)
			if n > 2 {
				item.ValidFrom = items[0].ValidFrom
			}
			require.NoError(t, f.PriceLists.Create(t.Context(), item))
			items = append(items, item)
		}
		slices.SortFunc(items, func(a, b models.PriceList) int {
			return cmp.Or(a.ValidFrom.Compare(b.ValidFrom), bytes.Compare(a.ID[:], b.ID[:]))
		})
		requireOrder(t, "valid_from", items, models.PositionOfPriceList, func(page models.PageRequest) ([]models.PriceList, error) {
			return f.PriceLists.List(t.Context(), models.PriceListQuery{Scope: f.scope(), Page: page})
		})
	})

	t.Run("a list is filtered by bounds of discount", func(t *testing.T) {
		f := newFixture(t, newStore)
		items := []models.PriceList{f.samplePriceList(1), f.samplePriceList(2), f.samplePriceList(3)}
		for _, item := range items {
			require.NoError(t, f.PriceLists.Create(t.Context(), item))
		}
		without := f.samplePriceList(4)
		without.Discount = nil
		require.NoError(t, f.PriceLists.Create(t.Context(), without))
		requireRange(t, items, func(item models.PriceList) float64 {
			return *item.Discount
		}, cmp.Compare[float64], func(bounds models.Bounds[float64]) ([]models.PriceList, error) {
			return f.PriceLists.List(t.Context(), models.PriceListQuery{
				Scope:  f.scope(),
				Ranges: models.PriceListRanges{Discount: bounds},
				Page:   models.PageRequest{Limit: 9},
			})
		})
	})

	t.Run("a list is filtered by bounds of valid_from", func(t *testing.T) {
		f := newFixture(t, newStore)
		items := []models.PriceList{f.samplePriceList(1), f.samplePriceList(2), f.samplePriceList(3)}
		for _, item := range items {
			require.NoError(t, f.PriceLists.Create(t.Context(), item))
		}
		requireRange(t, items, func(item models.PriceList) models.Date {
			return item.ValidFrom
		}, models.Date.Compare, func(bounds models.Bounds[models.Date]) ([]models.PriceList, error) {
			return f.PriceLists.List(t.Context(), models.PriceListQuery{
				Scope:  f.scope(),
				Ranges: models.PriceListRanges{ValidFrom: bounds},
				Page:   models.PageRequest{Limit: 9},
			})
		})
	})

	t.Run("a list is filtered by bounds of created_at", func(t *testing.T) {
		f := newFixture(t, newStore)
		items := []models.PriceList{f.samplePriceList(1), f.samplePriceList(2), f.samplePriceList(3)}
		for _, item := range items {
			require.NoError(t, f.PriceLists.Create(t.Context(), item))
		}
		requireRange(t, items, func(item models.PriceList) time.Time {
			return item.CreatedAt
		}, time.Time.Compare, func(bounds models.Bounds[time.Time]) ([]models.PriceList, error) {
			return f.PriceLists.List(t.Context(), models.PriceListQuery{
				Scope:  f.scope(),
				Ranges: models.PriceListRanges{CreatedAt: bounds},
				Page:   models.PageRequest{Limit: 9},
			})
		})
	})

	t.Run("a list is filtered by bounds of updated_at", func(t *testing.T) {
		f := newFixture(t, newStore)
		items := []models.PriceList{f.samplePriceList(1), f.samplePriceList(2), f.samplePriceList(3)}
		for _, item := range items {
			require.NoError(t, f.PriceLists.Create(t.Context(), item))
		}
		requireRange(t, items, func(item models.PriceList) time.Time {
			return item.UpdatedAt
		}, time.Time.Compare, func(bounds models.Bounds[time.Time]) ([]models.PriceList, error) {
			return f.PriceLists.List(t.Context(), models.PriceListQuery{
				Scope:  f.scope(),
				Ranges: models.PriceListRanges{UpdatedAt: bounds},
				Page:   models.PageRequest{Limit: 9},
			})
		})
	})
}

// SamplePriceList returns a price list that differs for each n and can be stored for an
// owner. What it refers to is stored.
func SamplePriceList(t testing.TB, store repository.Store, owner uuid.UUID, n int) models.PriceList {
	t.Helper()
	f := &fixture{t: t, store: store, Repositories: store.Repositories(), owner: owner}
	return f.samplePriceList(n)
}

// samplePriceList returns a price list that differs for each n and can be stored.
func (f *fixture) samplePriceList(n int) models.PriceList {
	at := time.Date(2024, time.February, 29, 23, 59, n, 123000000, time.UTC)
	item := models.PriceList{ID: newID(), Version: 1, CreatedAt: at, UpdatedAt: at}
	item.OwnerID = f.owner
	item.Title = numbered(n, 1, 80)
	item.Currency = []models.PriceListCurrency{models.PriceListCurrencyEur, models.PriceListCurrencyUsd, models.PriceListCurrencyGbp}[n%3]
	item.Discount = new(0 + float64(n)*0.0625)
	item.ValidFrom = models.NewDate(2024, time.February, n)
	return item
}

// extremesPriceList returns price lists with the lowest and the highest values, and one
// without optional values.
func (f *fixture) extremesPriceList() []models.PriceList {
	least, greatest, none := f.samplePriceList(1), f.samplePriceList(2), f.samplePriceList(3)
	least.Title = fit(awkward, 1, 80)
	greatest.Title = fit(long, 1, 80)
	least.Currency = models.PriceListCurrencyEur
	greatest.Currency = models.PriceListCurrencyGbp
	least.Discount = new(float64(0))
	greatest.Discount = new(float64(1))
	least.ValidFrom = models.NewDate(1, time.January, 1)
	greatest.ValidFrom = models.NewDate(9999, time.December, 31)
	none.Discount = nil
	return []models.PriceList{least, greatest, none}
}

func samePriceList(t *testing.T, written, read models.PriceList) {
	t.Helper()
	require.Equal(t, written, read)
}
