package memory_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/repository/memory"
	"example.com/market-api/internal/repository/repositorytest"
	"example.com/market-api/internal/services"
)

func TestCustomers(t *testing.T) {
	repositorytest.Customers(t, func(*testing.T) services.CustomerRepository {
		return memory.NewCustomers()
	})
}

func BenchmarkGetCustomer(b *testing.B) {
	repo, item := memory.NewCustomers(), repositorytest.SampleCustomer(1)
	require.NoError(b, repo.Create(b.Context(), item))
	for b.Loop() {
		_, err := repo.Get(b.Context(), item.ID)
		require.NoError(b, err)
	}
}
