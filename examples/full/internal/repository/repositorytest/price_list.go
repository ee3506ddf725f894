package repositorytest

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/models"
	"example.com/market-api/internal/services"
)

// PriceLists tests a repository of price lists. NewRepo returns an empty repository.
func PriceLists(t *testing.T, newRepo func(t *testing.T) services.PriceListRepository) {
	var c contract[models.PriceList, services.PriceListRepository]
	c.newRepo = newRepo
	c.sample = SamplePriceList
	c.same = samePriceList
	c.id = func(item *models.PriceList) *uuid.UUID {
		return &item.ID
	}
	c.version = func(item *models.PriceList) *int64 {
		return &item.Version
	}
	c.list = func(ctx context.Context, repo services.PriceListRepository, page models.PageRequest) ([]models.PriceList, error) {
		return repo.List(ctx, models.PriceListFilter{OwnerID: owner}, page)
	}
	c.test(t)

	t.Run("extreme values are stored exactly", func(t *testing.T) {
		repo := newRepo(t)
		for _, item := range extremesPriceList() {
			require.NoError(t, repo.Create(t.Context(), item))
			read, err := repo.Get(t.Context(), item.ID)
			require.NoError(t, err)
			samePriceList(t, item, read)
		}
	})

	t.Run("modifying a returned item does not change the stored one", func(t *testing.T) {
		repo, item := newRepo(t), SamplePriceList(1)
		require.NoError(t, repo.Create(t.Context(), item))
		read, err := repo.Get(t.Context(), item.ID)
		require.NoError(t, err)
		*read.Discount = *extremesPriceList()[1].Discount

		again, err := repo.Get(t.Context(), item.ID)
		require.NoError(t, err)
		samePriceList(t, item, again)
	})

	t.Run("an optional value can be removed", func(t *testing.T) {
		repo, item := newRepo(t), SamplePriceList(1)
		require.NoError(t, repo.Create(t.Context(), item))
		_, err := repo.Update(t.Context(), item.ID, func(item *models.PriceList) error {
			item.Discount = nil
			return nil
		})
		require.NoError(t, err)

		read, err := repo.Get(t.Context(), item.ID)
		require.NoError(t, err)
		item.Discount = nil
		samePriceList(t, item, read)
	})

	t.Run("title is unique per owner", func(t *testing.T) {
		repo, first, second, third := newRepo(t), SamplePriceList(1), SamplePriceList(2), SamplePriceList(3)
		require.NoError(t, repo.Create(t.Context(), first))
		require.NoError(t, repo.Create(t.Context(), second))

		third.Title = first.Title
		requireTaken(t, "title", repo.Create(t.Context(), third))

		take := func(item *models.PriceList) error {
			item.Title = first.Title
			return nil
		}
		_, err := repo.Update(t.Context(), second.ID, take)
		requireTaken(t, "title", err)
		_, err = repo.Update(t.Context(), first.ID, take)
		require.NoError(t, err)
	})

	t.Run("different owners can have the same title", func(t *testing.T) {
		repo, mine, other, another := newRepo(t), SamplePriceList(1), SamplePriceList(2), SamplePriceList(3)
		other.OwnerID, another.OwnerID = uuid.New(), uuid.New()
		other.Title = mine.Title
		for _, item := range []models.PriceList{mine, other, another} {
			require.NoError(t, repo.Create(t.Context(), item))
		}

		_, err := repo.Update(t.Context(), another.ID, func(item *models.PriceList) error {
			item.Title = mine.Title
			return nil
		})
		require.NoError(t, err)
	})

	t.Run("a list contains the price lists of one owner", func(t *testing.T) {
		repo, mine, other := newRepo(t), SamplePriceList(1), SamplePriceList(2)
		other.OwnerID = uuid.New()
		require.NoError(t, repo.Create(t.Context(), mine))
		require.NoError(t, repo.Create(t.Context(), other))

		items, err := repo.List(t.Context(), models.PriceListFilter{OwnerID: mine.OwnerID}, models.PageRequest{Limit: 9})
		require.NoError(t, err)
		require.Len(t, items, 1)
		samePriceList(t, mine, items[0])

		items, err = repo.List(t.Context(), models.PriceListFilter{AnyOwner: true}, models.PageRequest{Limit: 9})
		require.NoError(t, err)
		require.Len(t, items, 2)
		items, err = repo.List(t.Context(), models.PriceListFilter{}, models.PageRequest{Limit: 9})
		require.NoError(t, err)
		require.Empty(t, items)
	})

	t.Run("a list is filtered by currency", func(t *testing.T) {
		repo, item := newRepo(t), SamplePriceList(1)
		require.NoError(t, repo.Create(t.Context(), item))
		require.NoError(t, repo.Create(t.Context(), SamplePriceList(2)))

		var filter models.PriceListFilter
		filter.OwnerID = item.OwnerID
		filter.Currency = &item.Currency
		items, err := repo.List(t.Context(), filter, models.PageRequest{Limit: 9})
		require.NoError(t, err)
		require.Len(t, items, 1)
		samePriceList(t, item, items[0])
	})

	t.Run("a list is filtered by title", func(t *testing.T) {
		repo, item := newRepo(t), SamplePriceList(1)
		require.NoError(t, repo.Create(t.Context(), item))
		require.NoError(t, repo.Create(t.Context(), SamplePriceList(2)))

		var filter models.PriceListFilter
		filter.OwnerID = item.OwnerID
		filter.Title = &item.Title
		items, err := repo.List(t.Context(), filter, models.PageRequest{Limit: 9})
		require.NoError(t, err)
		require.Len(t, items, 1)
		samePriceList(t, item, items[0])
	})
}

// SamplePriceList returns a price list that differs for each n. Its values can be
// stored, but do not necessarily satisfy the constraints of the API.
func SamplePriceList(n int) models.PriceList {
	at := time.Date(2024, time.February, 29, 23, 59, n, 123456000, time.UTC)
	item := models.PriceList{ID: newID(), Version: 1, CreatedAt: at, UpdatedAt: at}
	item.OwnerID = owner
	item.Title = fmt.Sprintf("title %d", n)
	item.Currency = []models.PriceListCurrency{models.PriceListCurrencyEur, models.PriceListCurrencyUsd, models.PriceListCurrencyGbp}[n%3]
	item.Discount = new(float64(n) + 0.5)
	item.ValidFrom = models.NewDate(2024, time.February, n)
	return item
}

// extremesPriceList returns price lists with the lowest and the highest values, and one
// without optional values.
func extremesPriceList() []models.PriceList {
	least, greatest, none := SamplePriceList(1), SamplePriceList(2), SamplePriceList(3)
	least.Title = awkward
	greatest.Title = long
	least.Currency = models.PriceListCurrencyEur
	greatest.Currency = models.PriceListCurrencyGbp
	least.Discount = new(-math.MaxFloat64)
	greatest.Discount = new(math.MaxFloat64)
	none.Discount = nil
	least.ValidFrom = models.NewDate(1, time.January, 1)
	greatest.ValidFrom = models.NewDate(9999, time.December, 31)
	return []models.PriceList{least, greatest, none}
}

func samePriceList(t *testing.T, written, read models.PriceList) {
	t.Helper()
	require.Equal(t, written, read)
}
