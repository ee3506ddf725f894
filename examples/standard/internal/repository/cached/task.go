package cached

import (
	"context"
	"time"

	"github.com/google/uuid"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/cache"
	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/repository"
)

// Tasks adds a cache to a repository of tasks. It does not embed the
// repository, so that a new method has to decide whether it uses the cache.
type Tasks struct {
	next  repository.Tasks
	store *cache.Store
}

// NewTasks returns a repository that caches reads from next in store.
func NewTasks(next repository.Tasks, store *cache.Store) *Tasks {
	return &Tasks{next: next, store: store}
}

// Create stores a new task.
func (r *Tasks) Create(ctx context.Context, item models.Task) error {
	return r.next.Create(ctx, item)
}

// Get returns a task, from the cache if possible.
func (r *Tasks) Get(ctx context.Context, scope models.Scope, id uuid.UUID) (models.Task, error) {
	item, err := cache.Fetch(ctx, r.store, keyTask(id), func(ctx context.Context) (models.Task, error) {
		// Callers with other scopes may wait for the same load.
		return r.next.Get(ctx, models.Scope{All: true}, id)
	})
	if err == nil && !scope.Includes(item.OwnerID) {
		return models.Task{}, apperr.New(apperr.NotFound, "task not found")
	}
	return item, err
}

// List returns a page of tasks.
func (r *Tasks) List(ctx context.Context, query models.TaskQuery) ([]models.Task, error) {
	return r.next.List(ctx, query)
}

// Count returns the number of tasks on all pages.
func (r *Tasks) Count(ctx context.Context, query models.TaskQuery) (int64, error) {
	return r.next.Count(ctx, query)
}

// Update replaces the fields of a task.
func (r *Tasks) Update(ctx context.Context, scope models.Scope, id uuid.UUID, version int64, fields models.TaskFields, at time.Time) (models.Task, error) {
	defer r.store.Change(ctx, keyTask(id))()
	return r.next.Update(ctx, scope, id, version, fields, at)
}

// Delete deletes a task.
func (r *Tasks) Delete(ctx context.Context, scope models.Scope, id uuid.UUID, version int64) error {
	defer r.store.Change(ctx, keyTask(id))()
	return r.next.Delete(ctx, scope, id, version)
}

func keyTask(id uuid.UUID) string {
	return "shop-api:task:" + id.String()
}

// changedTasks removes the tasks that a transaction changes from the cache.
type changedTasks struct {
	next    repository.Tasks
	changes *changes
}

// Create stores a new task.
func (r changedTasks) Create(ctx context.Context, item models.Task) error {
	return r.next.Create(ctx, item)
}

// Get returns a task as the transaction sees it.
func (r changedTasks) Get(ctx context.Context, scope models.Scope, id uuid.UUID) (models.Task, error) {
	return r.next.Get(ctx, scope, id)
}

// List returns a page of tasks.
func (r changedTasks) List(ctx context.Context, query models.TaskQuery) ([]models.Task, error) {
	return r.next.List(ctx, query)
}

// Count returns the number of tasks on all pages.
func (r changedTasks) Count(ctx context.Context, query models.TaskQuery) (int64, error) {
	return r.next.Count(ctx, query)
}

// Update replaces the fields of a task.
func (r changedTasks) Update(ctx context.Context, scope models.Scope, id uuid.UUID, version int64, fields models.TaskFields, at time.Time) (models.Task, error) {
	r.changes.begin(ctx, keyTask(id))
	return r.next.Update(ctx, scope, id, version, fields, at)
}

// Delete deletes a task.
func (r changedTasks) Delete(ctx context.Context, scope models.Scope, id uuid.UUID, version int64) error {
	r.changes.begin(ctx, keyTask(id))
	return r.next.Delete(ctx, scope, id, version)
}
