package memory_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/hello-api/internal/repository/memory"
	"example.com/hello-api/internal/repository/repositorytest"
	"example.com/hello-api/internal/services"
)

func TestTasks(t *testing.T) {
	repositorytest.Tasks(t, func(*testing.T) services.TaskRepository {
		return memory.NewTasks()
	})
}

func BenchmarkGetTask(b *testing.B) {
	repo, item := memory.NewTasks(), repositorytest.SampleTask(1)
	require.NoError(b, repo.Create(b.Context(), item))
	for b.Loop() {
		_, err := repo.Get(b.Context(), item.ID)
		require.NoError(b, err)
	}
}
