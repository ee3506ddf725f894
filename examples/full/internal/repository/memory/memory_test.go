package memory_test

import (
	"testing"

	"example.com/market-api/internal/repository"
	"example.com/market-api/internal/repository/memory"
	"example.com/market-api/internal/repository/repositorytest"
)

func TestStore(t *testing.T) {
	repositorytest.Test(t, true, func(*testing.T) repository.Store { return memory.NewStore() })
}

func BenchmarkStore(b *testing.B) {
	repositorytest.Benchmark(b, memory.NewStore())
}
