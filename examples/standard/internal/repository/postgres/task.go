package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/shop-api/internal/models"
)

// Tasks stores tasks in PostgreSQL.
type Tasks struct {
	table *table[models.Task]
}

// NewTasks returns a repository of tasks.
func NewTasks(pool *pgxpool.Pool) *Tasks {
	return &Tasks{table: newTable(pool, "tasks", "task", columnsOfTask)}
}

func columnsOfTask(item *models.Task) []column {
	return []column{
		{"id", &item.ID},
		{"owner_id", &item.OwnerID},
		{"version", &item.Version},
		{"created_at", &item.CreatedAt},
		{"updated_at", &item.UpdatedAt},
		{"title", &item.Title},
		{"notes", &item.Notes},
		{"status", &item.Status},
		{"due_at", &item.DueAt},
	}
}

// Create stores a new task.
func (r *Tasks) Create(ctx context.Context, item models.Task) error {
	return r.table.create(ctx, item)
}

// Get returns the task with the given ID.
func (r *Tasks) Get(ctx context.Context, id uuid.UUID) (models.Task, error) {
	return r.table.get(ctx, id)
}

// List returns a page of the tasks that match the filter.
func (r *Tasks) List(ctx context.Context, filter models.TaskFilter, page models.PageRequest) ([]models.Task, error) {
	var where conditions
	if !filter.AnyOwner {
		where.add("owner_id", "=", filter.OwnerID)
	}
	if filter.Status != nil {
		where.add("status", "=", *filter.Status)
	}
	return r.table.list(ctx, page, where)
}

// Update changes one task atomically.
func (r *Tasks) Update(ctx context.Context, id uuid.UUID, change func(*models.Task) error) (models.Task, error) {
	return r.table.update(ctx, id, change)
}

// Delete deletes one task, unless check returns an error.
func (r *Tasks) Delete(ctx context.Context, id uuid.UUID, check func(models.Task) error) error {
	return r.table.delete(ctx, id, check)
}
