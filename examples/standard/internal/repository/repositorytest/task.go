package repositorytest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/services"
)

// Tasks tests a repository of tasks. NewRepo returns an empty repository.
func Tasks(t *testing.T, newRepo func(t *testing.T) services.TaskRepository) {
	var c contract[models.Task, services.TaskRepository]
	c.newRepo = newRepo
	c.sample = SampleTask
	c.same = sameTask
	c.id = func(item *models.Task) *uuid.UUID {
		return &item.ID
	}
	c.version = func(item *models.Task) *int64 {
		return &item.Version
	}
	c.list = func(ctx context.Context, repo services.TaskRepository, page models.PageRequest) ([]models.Task, error) {
		return repo.List(ctx, models.TaskFilter{OwnerID: owner}, page)
	}
	c.test(t)

	t.Run("extreme values are stored exactly", func(t *testing.T) {
		repo := newRepo(t)
		for _, item := range extremesTask() {
			require.NoError(t, repo.Create(t.Context(), item))
			read, err := repo.Get(t.Context(), item.ID)
			require.NoError(t, err)
			sameTask(t, item, read)
		}
	})

	t.Run("modifying a returned item does not change the stored one", func(t *testing.T) {
		repo, item := newRepo(t), SampleTask(1)
		require.NoError(t, repo.Create(t.Context(), item))
		read, err := repo.Get(t.Context(), item.ID)
		require.NoError(t, err)
		*read.Notes = *extremesTask()[1].Notes

		again, err := repo.Get(t.Context(), item.ID)
		require.NoError(t, err)
		sameTask(t, item, again)
	})

	t.Run("an optional value can be removed", func(t *testing.T) {
		repo, item := newRepo(t), SampleTask(1)
		require.NoError(t, repo.Create(t.Context(), item))
		_, err := repo.Update(t.Context(), item.ID, func(item *models.Task) error {
			item.Notes = nil
			return nil
		})
		require.NoError(t, err)

		read, err := repo.Get(t.Context(), item.ID)
		require.NoError(t, err)
		item.Notes = nil
		sameTask(t, item, read)
	})

	t.Run("a list contains the tasks of one owner", func(t *testing.T) {
		repo, mine, other := newRepo(t), SampleTask(1), SampleTask(2)
		other.OwnerID = uuid.New()
		require.NoError(t, repo.Create(t.Context(), mine))
		require.NoError(t, repo.Create(t.Context(), other))

		items, err := repo.List(t.Context(), models.TaskFilter{OwnerID: mine.OwnerID}, models.PageRequest{Limit: 9})
		require.NoError(t, err)
		require.Len(t, items, 1)
		sameTask(t, mine, items[0])

		items, err = repo.List(t.Context(), models.TaskFilter{AnyOwner: true}, models.PageRequest{Limit: 9})
		require.NoError(t, err)
		require.Len(t, items, 2)
		items, err = repo.List(t.Context(), models.TaskFilter{}, models.PageRequest{Limit: 9})
		require.NoError(t, err)
		require.Empty(t, items)
	})

	t.Run("a list is filtered by status", func(t *testing.T) {
		repo, item := newRepo(t), SampleTask(1)
		require.NoError(t, repo.Create(t.Context(), item))
		require.NoError(t, repo.Create(t.Context(), SampleTask(2)))
		without := SampleTask(3)
		without.Status = nil
		require.NoError(t, repo.Create(t.Context(), without))

		var filter models.TaskFilter
		filter.OwnerID = item.OwnerID
		filter.Status = item.Status
		items, err := repo.List(t.Context(), filter, models.PageRequest{Limit: 9})
		require.NoError(t, err)
		require.Len(t, items, 1)
		sameTask(t, item, items[0])
	})
}

// SampleTask returns a task that differs for each n. Its values can be
// stored, but do not necessarily satisfy the constraints of the API.
func SampleTask(n int) models.Task {
	at := time.Date(2024, time.February, 29, 23, 59, n, 123456000, time.UTC)
	item := models.Task{ID: newID(), Version: 1, CreatedAt: at, UpdatedAt: at}
	item.OwnerID = owner
	item.Title = fmt.Sprintf("title %d", n)
	item.Notes = new(fmt.Sprintf("notes %d", n))
	item.Status = new([]models.TaskStatus{models.TaskStatusTodo, models.TaskStatusDoing, models.TaskStatusDone}[n%3])
	item.DueAt = new(item.CreatedAt.AddDate(0, 0, n))
	return item
}

// extremesTask returns tasks with the lowest and the highest values, and one
// without optional values.
func extremesTask() []models.Task {
	least, greatest, none := SampleTask(1), SampleTask(2), SampleTask(3)
	least.Title = awkward
	greatest.Title = long
	least.Notes = new(awkward)
	greatest.Notes = new(long)
	none.Notes = nil
	least.Status = new(models.TaskStatusTodo)
	greatest.Status = new(models.TaskStatusDone)
	none.Status = nil
	least.DueAt = new(time.Date(1, time.January, 1, 0, 0, 0, 1000, time.UTC))
	greatest.DueAt = new(time.Date(9999, time.December, 31, 23, 59, 59, 999999000, time.UTC))
	none.DueAt = nil
	return []models.Task{least, greatest, none}
}

func sameTask(t *testing.T, written, read models.Task) {
	t.Helper()
	require.Equal(t, written, read)
}
