package cached_test

import (
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/models"
	"example.com/market-api/internal/repository/cached"
	"example.com/market-api/internal/repository/memory"
	"example.com/market-api/internal/repository/repositorytest"
	"example.com/market-api/internal/services"
)

func TestOrders(t *testing.T) {
	store := newStore(t, miniredis.RunT(t))
	repositorytest.Orders(t, func(*testing.T) services.OrderRepository {
		return cached.NewOrders(memory.NewOrders(), store)
	})
}

func TestOrdersWithoutRedis(t *testing.T) {
	server := miniredis.RunT(t)
	store := newStore(t, server)
	server.Close()
	repositorytest.Orders(t, func(*testing.T) services.OrderRepository {
		return cached.NewOrders(memory.NewOrders(), store)
	})
}

func TestOrderIsCachedUntilItChanges(t *testing.T) {
	store := newStore(t, miniredis.RunT(t))
	repo := cached.NewOrders(memory.NewOrders(), store)
	item := repositorytest.SampleOrder(1)
	require.NoError(t, repo.Create(t.Context(), item))

	for version := int64(1); version <= 3; version++ {
		for range 2 {
			read, err := repo.Get(t.Context(), item.ID)
			require.NoError(t, err)
			require.Equal(t, version, read.Version)
		}
		_, err := repo.Update(t.Context(), item.ID, func(item *models.Order) error {
			item.Version++
			return nil
		})
		require.NoError(t, err)
	}
	require.EqualValues(t, 3, store.Stats().Hits)
	require.EqualValues(t, 3, store.Stats().Misses)
}
