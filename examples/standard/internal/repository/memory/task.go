package memory

import (
	"context"

	"github.com/google/uuid"

	"example.com/shop-api/internal/models"
)

// Tasks stores tasks in memory.
type Tasks struct {
	table *table[models.Task]
}

// NewTasks returns an empty repository.
func NewTasks() *Tasks {
	return &Tasks{table: newTable("task", copyTask)}
}

// Create stores a new task.
func (r *Tasks) Create(_ context.Context, item models.Task) error {
	return r.table.create(item.ID, item)
}

// Get returns the task with the given ID.
func (r *Tasks) Get(_ context.Context, id uuid.UUID) (models.Task, error) {
	return r.table.get(id)
}

// List returns a page of the tasks that match the filter.
func (r *Tasks) List(_ context.Context, filter models.TaskFilter, page models.PageRequest) ([]models.Task, error) {
	return r.table.list(page, func(item models.Task) bool {
		return (filter.AnyOwner || item.OwnerID == filter.OwnerID) &&
			(filter.Status == nil || item.Status != nil && *item.Status == *filter.Status)
	}), nil
}

// Update changes one task atomically.
func (r *Tasks) Update(_ context.Context, id uuid.UUID, change func(*models.Task) error) (models.Task, error) {
	return r.table.update(id, change)
}

// Delete deletes one task, unless check returns an error.
func (r *Tasks) Delete(_ context.Context, id uuid.UUID, check func(models.Task) error) error {
	return r.table.delete(id, check)
}

// copyTask returns a deep copy of an item.
func copyTask(item models.Task) models.Task {
	if item.Notes != nil {
		item.Notes = new(*item.Notes)
	}
	if item.Status != nil {
		item.Status = new(*item.Status)
	}
	if item.DueAt != nil {
		item.DueAt = new(*item.DueAt)
	}
	return item
}
