package cached_test

import (
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/repository/cached"
	"example.com/shop-api/internal/repository/memory"
	"example.com/shop-api/internal/repository/repositorytest"
	"example.com/shop-api/internal/services"
)

func TestTasks(t *testing.T) {
	store := newStore(t, miniredis.RunT(t))
	repositorytest.Tasks(t, func(*testing.T) services.TaskRepository {
		return cached.NewTasks(memory.NewTasks(), store)
	})
}

func TestTasksWithoutRedis(t *testing.T) {
	server := miniredis.RunT(t)
	store := newStore(t, server)
	server.Close()
	repositorytest.Tasks(t, func(*testing.T) services.TaskRepository {
		return cached.NewTasks(memory.NewTasks(), store)
	})
}

func TestTaskIsCachedUntilItChanges(t *testing.T) {
	store := newStore(t, miniredis.RunT(t))
	repo := cached.NewTasks(memory.NewTasks(), store)
	item := repositorytest.SampleTask(1)
	require.NoError(t, repo.Create(t.Context(), item))

	for version := int64(1); version <= 3; version++ {
		for range 2 {
			read, err := repo.Get(t.Context(), item.ID)
			require.NoError(t, err)
			require.Equal(t, version, read.Version)
		}
		_, err := repo.Update(t.Context(), item.ID, func(item *models.Task) error {
			item.Version++
			return nil
		})
		require.NoError(t, err)
	}
	require.EqualValues(t, 3, store.Stats().Hits)
	require.EqualValues(t, 3, store.Stats().Misses)
}
