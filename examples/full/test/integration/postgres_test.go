package integration_test

import (
	"testing"

	"example.com/market-api/internal/repository"
	"example.com/market-api/internal/repository/postgres"
	"example.com/market-api/internal/repository/repositorytest"
)

func TestStore(t *testing.T) {
	pool := migrated(t)
	repositorytest.Test(t, true, func(t *testing.T) repository.Store {
		empty(t, pool)
		return postgres.NewStore(pool)
	})
}

func TestConstraints(t *testing.T) {
	pool := migrated(t)
	repositorytest.TestConstraints(t, func(t *testing.T) repository.Store {
		empty(t, pool)
		return postgres.NewStore(pool)
	})
}

func BenchmarkStore(b *testing.B) {
	repositorytest.Benchmark(b, postgres.NewStore(migrated(b)))
}
