package memory_test

import (
	"testing"

	"example.com/shop-api/internal/repository"
	"example.com/shop-api/internal/repository/memory"
	"example.com/shop-api/internal/repository/repositorytest"
)

func TestStore(t *testing.T) {
	repositorytest.Test(t, true, func(*testing.T) repository.Store { return memory.NewStore() })
}

func BenchmarkStore(b *testing.B) {
	repositorytest.Benchmark(b, memory.NewStore())
}
