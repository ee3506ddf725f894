package cached

import (
	"context"

	"github.com/google/uuid"

	"example.com/shop-api/internal/cache"
	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/services"
)

// Tasks adds a cache to a repository of tasks.
type Tasks struct {
	services.TaskRepository

	store *cache.Store
}

// NewTasks returns a repository that caches reads from next in store.
func NewTasks(next services.TaskRepository, store *cache.Store) *Tasks {
	return &Tasks{TaskRepository: next, store: store}
}

// Get returns the task with the given ID, from the cache if possible.
func (r *Tasks) Get(ctx context.Context, id uuid.UUID) (models.Task, error) {
	return cache.Fetch(ctx, r.store, keyTask(id), func(ctx context.Context) (models.Task, error) {
		return r.TaskRepository.Get(ctx, id)
	})
}

// Update changes one task atomically.
func (r *Tasks) Update(ctx context.Context, id uuid.UUID, change func(*models.Task) error) (models.Task, error) {
	// Even if there is an error, the change may have been committed.
	defer r.store.Forget(ctx, keyTask(id))
	return r.TaskRepository.Update(ctx, id, change)
}

// Delete deletes one task, unless check returns an error.
func (r *Tasks) Delete(ctx context.Context, id uuid.UUID, check func(models.Task) error) error {
	defer r.store.Forget(ctx, keyTask(id))
	return r.TaskRepository.Delete(ctx, id, check)
}

func keyTask(id uuid.UUID) string {
	return "shop-api:task:" + id.String()
}
