package memory

import (
	"context"
	"time"

	"github.com/google/uuid"

	"example.com/shop-api/internal/models"
)

// Tasks stores tasks in memory.
type Tasks struct {
	session session
}

// Create stores a new task.
func (r *Tasks) Create(_ context.Context, item models.Task) error {
	return r.session.write(func(data *tables) error {
		if _, exists := data.tasks[item.ID]; exists {
			return taken("task", "id")
		}
		return data.putTask(item)
	})
}

// Get returns a task.
func (r *Tasks) Get(_ context.Context, scope models.Scope, id uuid.UUID) (models.Task, error) {
	var item models.Task
	err := r.session.read(func(data *tables) (err error) {
		item, err = data.getTask(scope, id)
		return err
	})
	return item, err
}

// List returns a page of tasks.
func (r *Tasks) List(_ context.Context, query models.TaskQuery) ([]models.Task, error) {
	var items []models.Task
	err := r.session.read(func(data *tables) error {
		items = data.tasks.list(query.Page, models.PositionOfTask, taskMatch(query))
		return nil
	})
	for i := range items {
		items[i] = copyTask(items[i])
	}
	return items, err
}

// Count returns the number of tasks on all pages.
func (r *Tasks) Count(_ context.Context, query models.TaskQuery) (int64, error) {
	var count int64
	err := r.session.read(func(data *tables) error {
		count = data.tasks.count(taskMatch(query))
		return nil
	})
	return count, err
}

// taskMatch returns a function that reports whether a query selects a task.
func taskMatch(query models.TaskQuery) func(models.Task) bool {
	return func(item models.Task) bool {
		return query.Scope.Includes(item.OwnerID) &&
			(query.Filter.Status == nil || item.Status == *query.Filter.Status) &&
			between(query.Ranges.CreatedAt, &item.CreatedAt, time.Time.Compare) &&
			between(query.Ranges.UpdatedAt, &item.UpdatedAt, time.Time.Compare)
	}
}

// Update replaces the fields of a task.
func (r *Tasks) Update(_ context.Context, scope models.Scope, id uuid.UUID, version int64, fields models.TaskFields, at time.Time) (models.Task, error) {
	var item models.Task
	err := r.session.write(func(data *tables) (err error) {
		item, err = data.getTask(scope, id)
		if err != nil {
			return err
		}
		if version != 0 && version != item.Version {
			return errStale
		}
		item.TaskFields = fields
		item.Version++
		item.UpdatedAt = at
		return data.putTask(item)
	})
	if err != nil {
		return models.Task{}, err
	}
	return item, nil
}

// Delete deletes a task.
func (r *Tasks) Delete(_ context.Context, scope models.Scope, id uuid.UUID, version int64) error {
	return r.session.write(func(data *tables) error {
		item, err := data.getTask(scope, id)
		if err != nil {
			return err
		}
		if version != 0 && version != item.Version {
			return errStale
		}
		return data.deleteTask(id)
	})
}

// getTask returns a copy of a task.
func (t *tables) getTask(scope models.Scope, id uuid.UUID) (models.Task, error) {
	item, exists := t.tasks[id]
	if !exists || !scope.Includes(item.OwnerID) {
		return models.Task{}, notFound("task")
	}
	return copyTask(item), nil
}

// putTask stores a task, unless it violates a constraint.
func (t *tables) putTask(item models.Task) error {
	t.tasks[item.ID] = copyTask(item)
	return nil
}

// deleteTask deletes a task.
func (t *tables) deleteTask(id uuid.UUID) error {
	delete(t.tasks, id)
	return nil
}

// copyTask returns a deep copy of an item.
func copyTask(item models.Task) models.Task {
	item.Notes = clone(item.Notes)
	item.DueAt = clone(item.DueAt)
	return item
}
