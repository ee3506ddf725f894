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

func TestPriceLists(t *testing.T) {
	store := newStore(t, miniredis.RunT(t))
	repositorytest.PriceLists(t, func(*testing.T) services.PriceListRepository {
		return cached.NewPriceLists(memory.NewPriceLists(), store)
	})
}

func TestPriceListsWithoutRedis(t *testing.T) {
	server := miniredis.RunT(t)
	store := newStore(t, server)
	server.Close()
	repositorytest.PriceLists(t, func(*testing.T) services.PriceListRepository {
		return cached.NewPriceLists(memory.NewPriceLists(), store)
	})
}

func TestPriceListIsCachedUntilItChanges(t *testing.T) {
	store := newStore(t, miniredis.RunT(t))
	repo := cached.NewPriceLists(memory.NewPriceLists(), store)
	item := repositorytest.SamplePriceList(1)
	require.NoError(t, repo.Create(t.Context(), item))

	for version := int64(1); version <= 3; version++ {
		for range 2 {
			read, err := repo.Get(t.Context(), item.ID)
			require.NoError(t, err)
			require.Equal(t, version, read.Version)
		}
		_, err := repo.Update(t.Context(), item.ID, func(item *models.PriceList) error {
			item.Version++
			return nil
		})
		require.NoError(t, err)
	}
	require.EqualValues(t, 3, store.Stats().Hits)
	require.EqualValues(t, 3, store.Stats().Misses)
}
