package cached

import (
	"context"

	"github.com/google/uuid"

	"example.com/shop-api/internal/cache"
	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/services"
)

// Tasks puts a cache before a repository of tasks.
type Tasks struct {
	services.TaskRepository

	store *cache.Store
}

// NewTasks returns next behind the store.
func NewTasks(next services.TaskRepository, store *cache.Store) *Tasks {
	return &Tasks{TaskRepository: next, store: store}
}

// Get returns the task with an id, from the cache if it is there.
func (r *Tasks) Get(ctx context.Context, id uuid.UUID) (models.Task, error) {
	return cache.Fetch(ctx, r.store, keyTask(id), func(ctx context.Context) (models.Task, error) {
		return r.TaskRepository.Get(ctx, id)
	})
}

// Update changes one task atomically.
func (r *Tasks) Update(ctx context.Context, id uuid.UUID, change func(*models.Task) error) (models.Task, error) {
	// Even an error may come after the change: the answer to a commit gets lost.
	defer r.store.Forget(ctx, keyTask(id))
	return r.TaskRepository.Update(ctx, id, change)
}

// Delete deletes one task, unless check objects.
func (r *Tasks) Delete(ctx context.Context, id uuid.UUID, check func(models.Task) error) error {
	defer r.store.Forget(ctx, keyTask(id))
	return r.TaskRepository.Delete(ctx, id, check)
}

func keyTask(id uuid.UUID) string {
	return "shop-api:task:" + id.String()
}
