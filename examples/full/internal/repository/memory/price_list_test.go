package memory_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/repository/memory"
	"example.com/market-api/internal/repository/repositorytest"
	"example.com/market-api/internal/services"
)

func TestPriceLists(t *testing.T) {
	repositorytest.PriceLists(t, func(*testing.T) services.PriceListRepository {
		return memory.NewPriceLists()
	})
}

func BenchmarkGetPriceList(b *testing.B) {
	repo, item := memory.NewPriceLists(), repositorytest.SamplePriceList(1)
	require.NoError(b, repo.Create(b.Context(), item))
	for b.Loop() {
		_, err := repo.Get(b.Context(), item.ID)
		require.NoError(b, err)
	}
}
