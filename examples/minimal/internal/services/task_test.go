package services_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/hello-api/internal/apperr"
	"example.com/hello-api/internal/models"
	"example.com/hello-api/internal/repository/memory"
	"example.com/hello-api/internal/repository/repositorytest"
	"example.com/hello-api/internal/services"
)

// newTasks returns use cases with an empty store, and the events that they publish.
func newTasks() (*services.Tasks, *memory.Store, *announcements) {
	store, announced := memory.NewStore(), &announcements{}
	return services.NewTasks(store.Repositories().Tasks, announced), store, announced
}

func TestTaskCreateReadUpdateDelete(t *testing.T) {
	service, store, announced := newTasks()
	ctx, caller := call(t)
	created, err := service.Create(ctx, repositorytest.SampleTask(t, store, 1).TaskFields)
	require.NoError(t, err)
	require.EqualValues(t, 7, created.ID.Version())
	require.EqualValues(t, 1, created.Version)
	require.Equal(t, created.CreatedAt, created.UpdatedAt)

	read, err := service.Get(ctx, created.ID)
	require.NoError(t, err)
	require.Equal(t, created, read)

	fields := repositorytest.SampleTask(t, store, 2).TaskFields
	updated, err := service.Update(ctx, created.ID, created.Version, fields)
	require.NoError(t, err)
	require.EqualValues(t, 2, updated.Version)
	require.Equal(t, fields, updated.TaskFields)
	require.Equal(t, created.CreatedAt, updated.CreatedAt)
	require.False(t, updated.UpdatedAt.Before(created.UpdatedAt))

	require.NoError(t, service.Delete(ctx, created.ID, updated.Version))
	_, err = service.Get(ctx, created.ID)
	require.Equal(t, apperr.NotFound, apperr.KindOf(err))

	require.Equal(t, []string{"task.created", "task.updated", "task.deleted"}, announced.types())
	require.Equal(t, []string{caller.requestID, caller.requestID, caller.requestID}, announced.requests)
	for _, event := range announced.events {
		require.Equal(t, "task", event.Resource)
		require.Equal(t, created.ID, event.ID)
	}
}

func TestTaskUpdateOfStaleVersion(t *testing.T) {
	service, store, announced := newTasks()
	ctx, _ := call(t)
	fields := repositorytest.SampleTask(t, store, 1).TaskFields
	seen, err := service.Create(ctx, fields)
	require.NoError(t, err)
	_, err = service.Update(ctx, seen.ID, 0, fields)
	require.NoError(t, err)

	_, err = service.Update(ctx, seen.ID, seen.Version, fields)
	require.Equal(t, apperr.Stale, apperr.KindOf(err))
	err = service.Delete(ctx, seen.ID, seen.Version)
	require.Equal(t, apperr.Stale, apperr.KindOf(err))
	require.Len(t, announced.events, 2)

	require.NoError(t, service.Delete(ctx, seen.ID, 0))
}

func TestListOfTasksHasLastPage(t *testing.T) {
	service, store, _ := newTasks()
	ctx, _ := call(t)
	for n := range 4 {
		_, err := service.Create(ctx, repositorytest.SampleTask(t, store, n+1).TaskFields)
		require.NoError(t, err)
	}

	var sizes []int
	seen := map[uuid.UUID]bool{}
	request := models.PageRequest{Limit: 2, Total: true}
	for {
		page, err := service.List(ctx, models.TaskQuery{Page: request})
		require.NoError(t, err)
		sizes = append(sizes, len(page.Items))
		for _, item := range page.Items {
			seen[item.ID] = true
		}
		require.EqualValues(t, 4, *page.Total)
		if page.Next == nil {
			break
		}
		request.After = page.Next
	}
	require.Equal(t, []int{2, 2}, sizes)
	require.Len(t, seen, 4)
}

func TestChangeOfTask(t *testing.T) {
	service, store, announced := newTasks()
	ctx, _ := call(t)
	sample := func(n int) models.TaskFields {
		return repositorytest.SampleTask(t, store, n).TaskFields
	}
	first, second, third := sample(1), sample(2), sample(3)
	created, err := service.Create(ctx, first)
	require.NoError(t, err)

	_, err = service.Change(ctx, created.ID, always, func(fields *models.TaskFields) error {
		*fields = second
		return errRejected
	})
	require.Equal(t, errRejected, err)
	_, err = service.Change(ctx, created.ID, never, func(*models.TaskFields) error { return errRejected })
	require.Equal(t, apperr.Stale, apperr.KindOf(err))
	read, err := service.Get(ctx, created.ID)
	require.NoError(t, err)
	require.Equal(t, created, read)
	require.Len(t, announced.events, 1)

	// Another change occurs in the meantime.
	calls := 0
	changed, err := service.Change(ctx, created.ID, always, func(fields *models.TaskFields) error {
		calls++
		if calls == 1 {
			_, err := service.Update(ctx, created.ID, 0, second)
			require.NoError(t, err)
		} else {
			require.Equal(t, second, *fields)
		}
		*fields = third
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, 2, calls)
	require.EqualValues(t, 3, changed.Version)
	require.Equal(t, third, changed.TaskFields)
}

func TestFailedTasksAreNotPublished(t *testing.T) {
	service, _, announced := newTasks()
	ctx, _ := call(t)
	_, err := service.Update(ctx, uuid.New(), 0, models.TaskFields{})
	require.Error(t, err)
	require.Error(t, service.Delete(ctx, uuid.New(), 0))
	require.Empty(t, announced.events)
}

func TestDueAtOfTaskIsStoredInUTCWithItsPrecision(t *testing.T) {
	service, store, _ := newTasks()
	ctx, _ := call(t)
	fields := repositorytest.SampleTask(t, store, 1).TaskFields
	given := time.Date(2024, time.March, 1, 1, 2, 3, 123456789, time.FixedZone("east", 3600))
	expected := time.Date(2024, time.March, 1, 0, 2, 3, 123456000, time.UTC)
	fields.DueAt = &given

	item, err := service.Create(ctx, fields)
	require.NoError(t, err)
	require.Equal(t, &expected, item.DueAt)
}
