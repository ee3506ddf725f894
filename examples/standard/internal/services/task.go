package services

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/reqctx"
)

// TaskRepository stores tasks. One that does not exist is
// apperr.NotFound, a unique field that is taken is apperr.Conflict and names
// the field, and a database that does not answer is apperr.Unavailable.
type TaskRepository interface {
	// Create stores a new task.
	Create(ctx context.Context, item models.Task) error

	// Get returns the task with an id.
	Get(ctx context.Context, id uuid.UUID) (models.Task, error)

	// List returns up to page.Limit of the tasks that match the filter,
	// newest first.
	List(ctx context.Context, filter models.TaskFilter, page models.PageRequest) ([]models.Task, error)

	// Update changes one task atomically and returns what it became: no
	// other change comes between what change is given and what it makes of it.
	// An error of change is returned as it is, and nothing is stored. Change
	// must not touch the ID, nor call the repository, and may be called more
	// than once.
	Update(ctx context.Context, id uuid.UUID, change func(item *models.Task) error) (models.Task, error)

	// Delete deletes one task, unless check objects to it as it is now.
	// An error of check is returned as it is. Check, too, may be called more
	// than once.
	Delete(ctx context.Context, id uuid.UUID, check func(item models.Task) error) error
}

// Tasks holds the use cases of tasks.
type Tasks struct {
	repo   TaskRepository
	events Publisher
}

// NewTasks returns the use cases of the tasks in repo.
func NewTasks(repo TaskRepository, events Publisher) *Tasks {
	return &Tasks{repo: repo, events: events}
}

// Create stores a new task that belongs to the caller.
func (s *Tasks) Create(ctx context.Context, fields models.TaskFields) (models.Task, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return models.Task{}, fmt.Errorf("draw an id: %w", err)
	}
	created := now()
	item := models.Task{ID: id, Version: 1, CreatedAt: created, UpdatedAt: created}
	item.OwnerID = reqctx.From(ctx).UserID
	item.TaskFields = storedTask(fields)
	if err := s.repo.Create(ctx, item); err != nil {
		return models.Task{}, err
	}
	announce(ctx, s.events, "task", "created", item.ID)
	return item, nil
}

// Get returns one task.
func (s *Tasks) Get(ctx context.Context, id uuid.UUID) (models.Task, error) {
	item, err := s.repo.Get(ctx, id)
	if err != nil {
		return models.Task{}, err
	}
	if err := s.checkOwner(ctx, item); err != nil {
		return models.Task{}, err
	}
	return item, nil
}

// List returns one page of the caller's tasks that match the filter.
func (s *Tasks) List(ctx context.Context, filter models.TaskFilter, page models.PageRequest) (models.Page[models.Task], error) {
	filter.OwnerID = reqctx.From(ctx).UserID
	// One item more than the page holds tells whether there is a next page.
	items, err := s.repo.List(ctx, filter, models.PageRequest{Limit: page.Limit + 1, After: page.After})
	if err != nil {
		return models.Page[models.Task]{}, err
	}
	return pageOf(items, page.Limit, func(item models.Task) uuid.UUID {
		return item.ID
	}), nil
}

// Update replaces the fields of one task. A version other than 0 is the one
// that the caller has seen; if it is not the current one any more, Update
// returns apperr.Stale.
func (s *Tasks) Update(ctx context.Context, id uuid.UUID, version int64, fields models.TaskFields) (models.Task, error) {
	item, err := s.repo.Update(ctx, id, func(item *models.Task) error {
		if err := s.checkOwner(ctx, *item); err != nil {
			return err
		}
		if err := checkVersion(version, item.Version); err != nil {
			return err
		}
		item.Version++
		item.UpdatedAt = now()
		item.TaskFields = storedTask(fields)
		return nil
	})
	if err != nil {
		return models.Task{}, err
	}
	announce(ctx, s.events, "task", "updated", item.ID)
	return item, nil
}

// Delete deletes one task. The version is that of Update.
func (s *Tasks) Delete(ctx context.Context, id uuid.UUID, version int64) error {
	err := s.repo.Delete(ctx, id, func(item models.Task) error {
		if err := s.checkOwner(ctx, item); err != nil {
			return err
		}
		return checkVersion(version, item.Version)
	})
	if err != nil {
		return err
	}
	announce(ctx, s.events, "task", "deleted", id)
	return nil
}

// checkOwner returns the error of a task that does not exist, if it is
// not the caller's: nobody learns which ids are in use.
func (s *Tasks) checkOwner(ctx context.Context, item models.Task) error {
	if item.OwnerID != reqctx.From(ctx).UserID {
		return apperr.New(apperr.NotFound, "task not found")
	}
	return nil
}

// storedTask returns the fields the way a database gives them back.
func storedTask(fields models.TaskFields) models.TaskFields {
	if fields.DueAt != nil {
		fields.DueAt = new(stored(*fields.DueAt))
	}
	return fields
}
