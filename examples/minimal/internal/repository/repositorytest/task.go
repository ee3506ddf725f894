package repositorytest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/hello-api/internal/models"
	"example.com/hello-api/internal/repository"
)

func testTasks(t *testing.T, newStore func(t *testing.T) repository.Store) {
	contract[models.Task]{
		newStore: newStore,
		sample:   (*fixture).sampleTask,
		position: models.PositionOfTask,
		same:     sameTask,
		id: func(item *models.Task) *uuid.UUID {
			return &item.ID
		},
		version: func(item *models.Task) *int64 {
			return &item.Version
		},
		changed: func(item, fields models.Task, at time.Time) models.Task {
			item.TaskFields, item.UpdatedAt = fields.TaskFields, at
			return item
		},
		create: func(f *fixture, item models.Task) error {
			return f.Tasks.Create(f.t.Context(), item)
		},
		get: func(f *fixture, id uuid.UUID) (models.Task, error) {
			return f.Tasks.Get(f.t.Context(), id)
		},
		list: func(f *fixture, page models.PageRequest) ([]models.Task, error) {
			return f.Tasks.List(f.t.Context(), models.TaskQuery{Page: page})
		},
		count: func(f *fixture, page models.PageRequest) (int64, error) {
			return f.Tasks.Count(f.t.Context(), models.TaskQuery{Page: page})
		},
		update: func(f *fixture, id uuid.UUID, version int64, fields models.Task, at time.Time) (models.Task, error) {
			return f.Tasks.Update(f.t.Context(), id, version, fields.TaskFields, at)
		},
		delete: func(f *fixture, id uuid.UUID, version int64) error {
			return f.Tasks.Delete(f.t.Context(), id, version)
		},
	}.test(t)

	t.Run("extreme values are stored exactly", func(t *testing.T) {
		f := newFixture(t, newStore)
		for _, item := range f.extremesTask() {
			require.NoError(t, f.Tasks.Create(t.Context(), item))
			read, err := f.Tasks.Get(t.Context(), item.ID)
			require.NoError(t, err)
			sameTask(t, item, read)
		}
	})

	t.Run("samples have a value for each field", func(t *testing.T) {
		f := newFixture(t, newStore)
		one, other := f.sampleTask(1), f.sampleTask(2)
		requireFilled(t, one.TaskFields, other.TaskFields)
	})

	t.Run("a list considers each part of its query", func(t *testing.T) {
		f := newFixture(t, newStore)
		stored, other := f.sampleTask(1), f.sampleTask(2)
		require.NoError(t, f.Tasks.Create(t.Context(), stored))
		requireSelective(t, stored, other, func(query models.TaskQuery) int {
			query.Page.Limit = 9
			items, err := f.Tasks.List(t.Context(), query)
			require.NoError(t, err)
			count, err := f.Tasks.Count(t.Context(), query)
			require.NoError(t, err)
			return len(items) + int(count)
		})
	})

	t.Run("modifying a returned item does not change the stored one", func(t *testing.T) {
		f := newFixture(t, newStore)
		item := f.sampleTask(1)
		require.NoError(t, f.Tasks.Create(t.Context(), item))
		read, err := f.Tasks.Get(t.Context(), item.ID)
		require.NoError(t, err)
		expected := item
		expected.TaskFields = detached(item.TaskFields)
		overwrite(item.TaskFields)
		overwrite(read.TaskFields)

		again, err := f.Tasks.Get(t.Context(), item.ID)
		require.NoError(t, err)
		sameTask(t, expected, again)
	})

	t.Run("an optional value can be removed", func(t *testing.T) {
		f := newFixture(t, newStore)
		item := f.sampleTask(1)
		require.NoError(t, f.Tasks.Create(t.Context(), item))
		fields := item.TaskFields
		fields.Notes = nil
		updated, err := f.Tasks.Update(t.Context(), item.ID, 0, fields, later)
		require.NoError(t, err)
		require.Nil(t, updated.Notes)

		read, err := f.Tasks.Get(t.Context(), item.ID)
		require.NoError(t, err)
		require.Nil(t, read.Notes)
	})

	t.Run("a list is filtered by status", func(t *testing.T) {
		f := newFixture(t, newStore)
		item := f.sampleTask(1)
		require.NoError(t, f.Tasks.Create(t.Context(), item))
		require.NoError(t, f.Tasks.Create(t.Context(), f.sampleTask(2)))

		items, err := f.Tasks.List(t.Context(), models.TaskQuery{
			Filter: models.TaskFilter{Status: &item.Status},
			Page:   models.PageRequest{Limit: 9},
		})
		require.NoError(t, err)
		require.Len(t, items, 1)
		sameTask(t, item, items[0])
	})

	t.Run("a list is filtered by bounds of created_at", func(t *testing.T) {
		f := newFixture(t, newStore)
		items := []models.Task{f.sampleTask(1), f.sampleTask(2), f.sampleTask(3)}
		for _, item := range items {
			require.NoError(t, f.Tasks.Create(t.Context(), item))
		}
		requireRange(t, items, func(item models.Task) time.Time {
			return item.CreatedAt
		}, time.Time.Compare, func(bounds models.Bounds[time.Time]) ([]models.Task, error) {
			return f.Tasks.List(t.Context(), models.TaskQuery{
				Ranges: models.TaskRanges{CreatedAt: bounds},
				Page:   models.PageRequest{Limit: 9},
			})
		})
	})

	t.Run("a list is filtered by bounds of updated_at", func(t *testing.T) {
		f := newFixture(t, newStore)
		items := []models.Task{f.sampleTask(1), f.sampleTask(2), f.sampleTask(3)}
		for _, item := range items {
			require.NoError(t, f.Tasks.Create(t.Context(), item))
		}
		requireRange(t, items, func(item models.Task) time.Time {
			return item.UpdatedAt
		}, time.Time.Compare, func(bounds models.Bounds[time.Time]) ([]models.Task, error) {
			return f.Tasks.List(t.Context(), models.TaskQuery{
				Ranges: models.TaskRanges{UpdatedAt: bounds},
				Page:   models.PageRequest{Limit: 9},
			})
		})
	})
}

// SampleTask returns a task that differs for each n and can be stored. What it refers to is stored.
func SampleTask(t testing.TB, store repository.Store, n int) models.Task {
	t.Helper()
	f := &fixture{t: t, store: store, Repositories: store.Repositories()}
	return f.sampleTask(n)
}

// sampleTask returns a task that differs for each n and can be stored.
func (f *fixture) sampleTask(n int) models.Task {
	at := time.Date(2024, time.February, 29, 23, 59, n, 123000000, time.UTC)
	item := models.Task{ID: newID(), Version: 1, CreatedAt: at, UpdatedAt: at}
	item.Title = numbered(n, 1, 120)
	item.Notes = new(numbered(n, 0, 10000))
	item.Status = []models.TaskStatus{models.TaskStatusTodo, models.TaskStatusDoing, models.TaskStatusDone}[n%3]
	item.DueAt = new(item.CreatedAt.AddDate(0, 0, n))
	return item
}

// extremesTask returns tasks with the lowest and the highest values, and one
// without optional values.
func (f *fixture) extremesTask() []models.Task {
	least, greatest, none := f.sampleTask(1), f.sampleTask(2), f.sampleTask(3)
	least.Title = fit(awkward, 1, 120)
	greatest.Title = fit(long, 1, 120)
	least.Notes = new(fit(awkward, 0, 10000))
	greatest.Notes = new(fit(long, 0, 10000))
	least.Status = models.TaskStatusTodo
	greatest.Status = models.TaskStatusDone
	least.DueAt = new(time.Date(1, time.January, 1, 0, 0, 0, 1000, time.UTC))
	greatest.DueAt = new(time.Date(9999, time.December, 31, 23, 59, 59, 999999000, time.UTC))
	none.Notes = nil
	none.DueAt = nil
	return []models.Task{least, greatest, none}
}

func sameTask(t *testing.T, written, read models.Task) {
	t.Helper()
	require.Equal(t, written, read)
}
