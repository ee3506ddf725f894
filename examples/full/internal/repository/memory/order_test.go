package memory_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/repository/memory"
	"example.com/market-api/internal/repository/repositorytest"
	"example.com/market-api/internal/services"
)

func TestOrders(t *testing.T) {
	repositorytest.Orders(t, func(*testing.T) services.OrderRepository {
		return memory.NewOrders()
	})
}

func BenchmarkGetOrder(b *testing.B) {
	repo, item := memory.NewOrders(), repositorytest.SampleOrder(1)
	require.NoError(b, repo.Create(b.Context(), item))
	for b.Loop() {
		_, err := repo.Get(b.Context(), item.ID)
		require.NoError(b, err)
	}
}
