package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/repository/pgerr"
)

// Tasks stores tasks in PostgreSQL.
type Tasks struct {
	db DB
}

// NewTasks returns a repository that uses a pool or a transaction.
func NewTasks(db DB) *Tasks {
	return &Tasks{db: db}
}

// Create stores a new task.
func (r *Tasks) Create(ctx context.Context, item models.Task) error {
	args := taskArgs(item.TaskFields)
	args["id"] = item.ID
	args["owner_id"] = item.OwnerID
	args["version"] = item.Version
	args["created_at"] = item.CreatedAt
	args["updated_at"] = item.UpdatedAt
	_, err := r.db.Exec(ctx, `
		INSERT INTO tasks (id, owner_id, title, notes, status, due_at, version, created_at, updated_at)
		VALUES (@id, @owner_id, @title, @notes, @status, @due_at, @version, @created_at, @updated_at)`, args)
	return pgerr.Translate(err, "create", "task")
}

// Get returns a task.
func (r *Tasks) Get(ctx context.Context, scope models.Scope, id uuid.UUID) (models.Task, error) {
	return one(ctx, r.db, scanTask, "get", "task", `
		SELECT id, owner_id, title, notes, status, due_at, version, created_at, updated_at
		FROM tasks
		WHERE id = @id AND owner_id = coalesce(@owner_id, owner_id)`, pgx.NamedArgs{"id": id, "owner_id": ownerOf(scope)})
}

// List returns a page of tasks.
func (r *Tasks) List(ctx context.Context, query models.TaskQuery) ([]models.Task, error) {
	where, args := taskWhere(query)
	return many(ctx, r.db, scanTask, "list", "tasks", `
		SELECT id, owner_id, title, notes, status, due_at, version, created_at, updated_at
		FROM tasks
		WHERE `+where+pageOf(query.Page, args), args)
}

// Count returns the number of tasks on all pages.
func (r *Tasks) Count(ctx context.Context, query models.TaskQuery) (int64, error) {
	where, args := taskWhere(query)
	return one(ctx, r.db, pgx.RowTo[int64], "count", "tasks", `
		SELECT count(*)
		FROM tasks
		WHERE `+where, args)
}

// taskWhere returns the condition of a query and its values.
func taskWhere(query models.TaskQuery) (string, pgx.NamedArgs) {
	sql, args := `true`, pgx.NamedArgs{}
	if !query.Scope.All {
		sql += ` AND owner_id = @owner_id`
		args["owner_id"] = query.Scope.Owner
	}
	if query.Filter.Status != nil {
		sql += ` AND status = @status`
		args["status"] = query.Filter.Status
	}
	sql += between("created_at", query.Ranges.CreatedAt, args)
	sql += between("updated_at", query.Ranges.UpdatedAt, args)
	return sql, args
}

// Update replaces the fields of a task.
func (r *Tasks) Update(ctx context.Context, scope models.Scope, id uuid.UUID, version int64, fields models.TaskFields, at time.Time) (models.Task, error) {
	args := taskArgs(fields)
	args["id"] = id
	args["owner_id"] = ownerOf(scope)
	args["version"] = version
	args["updated_at"] = at
	item, err := one(ctx, r.db, scanTask, "update", "task", `
		UPDATE tasks
		SET title = @title, notes = @notes, status = @status, due_at = @due_at, version = version + 1, updated_at = @updated_at
		WHERE id = @id AND (@version = 0 OR version = @version) AND owner_id = coalesce(@owner_id, owner_id)
		RETURNING id, owner_id, title, notes, status, due_at, version, created_at, updated_at`, args)
	if version != 0 && apperr.KindOf(err) == apperr.NotFound {
		// Either there is none, or its version is another one.
		if _, err := r.Get(ctx, scope, id); err == nil {
			return models.Task{}, errStale
		}
	}
	return item, err
}

// Delete deletes a task.
func (r *Tasks) Delete(ctx context.Context, scope models.Scope, id uuid.UUID, version int64) error {
	result, err := r.db.Exec(ctx, `
		DELETE FROM tasks
		WHERE id = @id AND (@version = 0 OR version = @version) AND owner_id = coalesce(@owner_id, owner_id)`, pgx.NamedArgs{"id": id, "version": version, "owner_id": ownerOf(scope)})
	if err != nil {
		return pgerr.TranslateDelete(err, "task")
	}
	if result.RowsAffected() > 0 {
		return nil
	}
	if _, err := r.Get(ctx, scope, id); err != nil {
		return err
	}
	return errStale
}

// taskArgs returns the values of the columns that clients can set.
func taskArgs(fields models.TaskFields) pgx.NamedArgs {
	return pgx.NamedArgs{
		"title":  fields.Title,
		"notes":  fields.Notes,
		"status": fields.Status,
		"due_at": fields.DueAt,
	}
}

func scanTask(row pgx.CollectableRow) (models.Task, error) {
	var item models.Task
	err := row.Scan(&item.ID, &item.OwnerID, &item.Title, &item.Notes, &item.Status, &item.DueAt, &item.Version, &item.CreatedAt, &item.UpdatedAt)
	return item, err
}
