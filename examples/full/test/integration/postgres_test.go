package integration_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/auth"
	"example.com/market-api/internal/models"
	"example.com/market-api/internal/repository/postgres"
	"example.com/market-api/internal/repository/repositorytest"
	"example.com/market-api/internal/services"
)

func TestUsers(t *testing.T) {
	pool := migrated(t)
	repositorytest.Users(t, func(t *testing.T) auth.UserRepository {
		empty(t, pool, "users")
		return postgres.NewUsers(pool)
	})
}

func TestSessions(t *testing.T) {
	pool := migrated(t)
	users := postgres.NewUsers(pool)
	first, second := repositorytest.SampleUser(1), repositorytest.SampleUser(2)
	require.NoError(t, users.Create(t.Context(), first))
	require.NoError(t, users.Create(t.Context(), second))
	repositorytest.Sessions(t, func(t *testing.T) (auth.SessionRepository, [2]uuid.UUID) {
		empty(t, pool, "sessions")
		return postgres.NewSessions(pool), [2]uuid.UUID{first.ID, second.ID}
	})
}

func TestCustomers(t *testing.T) {
	pool := migrated(t)
	repositorytest.Customers(t, func(t *testing.T) services.CustomerRepository {
		empty(t, pool, "customers")
		return postgres.NewCustomers(pool)
	})
}

func BenchmarkGetCustomer(b *testing.B) {
	repo, item := postgres.NewCustomers(migrated(b)), repositorytest.SampleCustomer(1)
	require.NoError(b, repo.Create(b.Context(), item))
	for b.Loop() {
		_, err := repo.Get(b.Context(), item.ID)
		require.NoError(b, err)
	}
}

func BenchmarkListCustomers(b *testing.B) {
	repo, page := postgres.NewCustomers(migrated(b)), models.PageRequest{Limit: 20}
	for n := range page.Limit {
		require.NoError(b, repo.Create(b.Context(), repositorytest.SampleCustomer(n+1)))
	}
	filter := models.CustomerFilter{OwnerID: repositorytest.SampleCustomer(1).OwnerID}
	for b.Loop() {
		items, err := repo.List(b.Context(), filter, page)
		require.NoError(b, err)
		require.Len(b, items, page.Limit)
	}
}

func TestPriceLists(t *testing.T) {
	pool := migrated(t)
	repositorytest.PriceLists(t, func(t *testing.T) services.PriceListRepository {
		empty(t, pool, "price_lists")
		return postgres.NewPriceLists(pool)
	})
}

func BenchmarkGetPriceList(b *testing.B) {
	repo, item := postgres.NewPriceLists(migrated(b)), repositorytest.SamplePriceList(1)
	require.NoError(b, repo.Create(b.Context(), item))
	for b.Loop() {
		_, err := repo.Get(b.Context(), item.ID)
		require.NoError(b, err)
	}
}

func BenchmarkListPriceLists(b *testing.B) {
	repo, page := postgres.NewPriceLists(migrated(b)), models.PageRequest{Limit: 20}
	for n := range page.Limit {
		require.NoError(b, repo.Create(b.Context(), repositorytest.SamplePriceList(n+1)))
	}
	filter := models.PriceListFilter{OwnerID: repositorytest.SamplePriceList(1).OwnerID}
	for b.Loop() {
		items, err := repo.List(b.Context(), filter, page)
		require.NoError(b, err)
		require.Len(b, items, page.Limit)
	}
}

func TestOrders(t *testing.T) {
	pool := migrated(t)
	repositorytest.Orders(t, func(t *testing.T) services.OrderRepository {
		empty(t, pool, "orders")
		return postgres.NewOrders(pool)
	})
}

func BenchmarkGetOrder(b *testing.B) {
	repo, item := postgres.NewOrders(migrated(b)), repositorytest.SampleOrder(1)
	require.NoError(b, repo.Create(b.Context(), item))
	for b.Loop() {
		_, err := repo.Get(b.Context(), item.ID)
		require.NoError(b, err)
	}
}

func BenchmarkListOrders(b *testing.B) {
	repo, page := postgres.NewOrders(migrated(b)), models.PageRequest{Limit: 20}
	for n := range page.Limit {
		require.NoError(b, repo.Create(b.Context(), repositorytest.SampleOrder(n+1)))
	}
	filter := models.OrderFilter{OwnerID: repositorytest.SampleOrder(1).OwnerID}
	for b.Loop() {
		items, err := repo.List(b.Context(), filter, page)
		require.NoError(b, err)
		require.Len(b, items, page.Limit)
	}
}
