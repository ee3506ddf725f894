package repositorytest

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/models"
	"example.com/market-api/internal/services"
)

// Orders tests a repository of orders. NewRepo returns an empty repository.
func Orders(t *testing.T, newRepo func(t *testing.T) services.OrderRepository) {
	var c contract[models.Order, services.OrderRepository]
	c.newRepo = newRepo
	c.sample = SampleOrder
	c.same = sameOrder
	c.id = func(item *models.Order) *uuid.UUID {
		return &item.ID
	}
	c.version = func(item *models.Order) *int64 {
		return &item.Version
	}
	c.list = func(ctx context.Context, repo services.OrderRepository, page models.PageRequest) ([]models.Order, error) {
		return repo.List(ctx, models.OrderFilter{OwnerID: owner}, page)
	}
	c.test(t)

	t.Run("extreme values are stored exactly", func(t *testing.T) {
		repo := newRepo(t)
		for _, item := range extremesOrder() {
			require.NoError(t, repo.Create(t.Context(), item))
			read, err := repo.Get(t.Context(), item.ID)
			require.NoError(t, err)
			sameOrder(t, item, read)
		}
	})

	t.Run("modifying a returned item does not change the stored one", func(t *testing.T) {
		repo, item := newRepo(t), SampleOrder(1)
		require.NoError(t, repo.Create(t.Context(), item))
		read, err := repo.Get(t.Context(), item.ID)
		require.NoError(t, err)
		*read.Note = *extremesOrder()[1].Note

		again, err := repo.Get(t.Context(), item.ID)
		require.NoError(t, err)
		sameOrder(t, item, again)
	})

	t.Run("an optional value can be removed", func(t *testing.T) {
		repo, item := newRepo(t), SampleOrder(1)
		require.NoError(t, repo.Create(t.Context(), item))
		_, err := repo.Update(t.Context(), item.ID, func(item *models.Order) error {
			item.Note = nil
			return nil
		})
		require.NoError(t, err)

		read, err := repo.Get(t.Context(), item.ID)
		require.NoError(t, err)
		item.Note = nil
		sameOrder(t, item, read)
	})

	t.Run("a list contains the orders of one owner", func(t *testing.T) {
		repo, mine, other := newRepo(t), SampleOrder(1), SampleOrder(2)
		other.OwnerID = uuid.New()
		require.NoError(t, repo.Create(t.Context(), mine))
		require.NoError(t, repo.Create(t.Context(), other))

		items, err := repo.List(t.Context(), models.OrderFilter{OwnerID: mine.OwnerID}, models.PageRequest{Limit: 9})
		require.NoError(t, err)
		require.Len(t, items, 1)
		sameOrder(t, mine, items[0])

		items, err = repo.List(t.Context(), models.OrderFilter{AnyOwner: true}, models.PageRequest{Limit: 9})
		require.NoError(t, err)
		require.Len(t, items, 2)
		items, err = repo.List(t.Context(), models.OrderFilter{}, models.PageRequest{Limit: 9})
		require.NoError(t, err)
		require.Empty(t, items)
	})

	t.Run("a list is filtered by customer_id", func(t *testing.T) {
		repo, item := newRepo(t), SampleOrder(1)
		require.NoError(t, repo.Create(t.Context(), item))
		require.NoError(t, repo.Create(t.Context(), SampleOrder(2)))

		var filter models.OrderFilter
		filter.OwnerID = item.OwnerID
		filter.CustomerID = &item.CustomerID
		items, err := repo.List(t.Context(), filter, models.PageRequest{Limit: 9})
		require.NoError(t, err)
		require.Len(t, items, 1)
		sameOrder(t, item, items[0])
	})

	t.Run("a list is filtered by status", func(t *testing.T) {
		repo, item := newRepo(t), SampleOrder(1)
		require.NoError(t, repo.Create(t.Context(), item))
		require.NoError(t, repo.Create(t.Context(), SampleOrder(2)))

		var filter models.OrderFilter
		filter.OwnerID = item.OwnerID
		filter.Status = &item.Status
		items, err := repo.List(t.Context(), filter, models.PageRequest{Limit: 9})
		require.NoError(t, err)
		require.Len(t, items, 1)
		sameOrder(t, item, items[0])
	})
}

// SampleOrder returns an order that differs for each n. Its values can be
// stored, but do not necessarily satisfy the constraints of the API.
func SampleOrder(n int) models.Order {
	at := time.Date(2024, time.February, 29, 23, 59, n, 123456000, time.UTC)
	item := models.Order{ID: newID(), Version: 1, CreatedAt: at, UpdatedAt: at}
	item.OwnerID = owner
	item.CustomerID = uuid.MustParse(fmt.Sprintf("00000000-0000-4000-8000-%012d", n))
	item.Total = decimal.New(int64(n), -2)
	item.ItemsCount = int64(n)
	item.Status = []models.OrderStatus{models.OrderStatusNew, models.OrderStatusPaid, models.OrderStatusSent}[n%3]
	item.Note = new(fmt.Sprintf("note %d", n))
	item.PlacedAt = item.CreatedAt.AddDate(0, 0, n)
	return item
}

// extremesOrder returns orders with the lowest and the highest values, and one
// without optional values.
func extremesOrder() []models.Order {
	least, greatest, none := SampleOrder(1), SampleOrder(2), SampleOrder(3)
	least.CustomerID = uuid.UUID{}
	greatest.CustomerID = uuid.MustParse("ffffffff-ffff-ffff-ffff-ffffffffffff")
	least.Total = decimal.RequireFromString("-999999999999999.999999")
	greatest.Total = decimal.RequireFromString("999999999999999.999999")
	least.ItemsCount = int64(math.MinInt64)
	greatest.ItemsCount = int64(math.MaxInt64)
	least.Status = models.OrderStatusNew
	greatest.Status = models.OrderStatusSent
	least.Note = new(awkward)
	greatest.Note = new(long)
	none.Note = nil
	least.PlacedAt = time.Date(1, time.January, 1, 0, 0, 0, 1000, time.UTC)
	greatest.PlacedAt = time.Date(9999, time.December, 31, 23, 59, 59, 999999000, time.UTC)
	return []models.Order{least, greatest, none}
}

func sameOrder(t *testing.T, written, read models.Order) {
	t.Helper()
	if written.Total.Equal(read.Total) {
		read.Total = written.Total // 1.5 equals 1.500000
	}
	require.Equal(t, written, read)
}
