package services

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/auth"
	"example.com/shop-api/internal/models"
)

// TaskRepository stores tasks. Its methods return apperr.NotFound if
// the item does not exist, apperr.Conflict with the name of the field if the value
// of a unique field is taken, and apperr.Unavailable if the database does not
// respond.
type TaskRepository interface {
	// Create stores a new task.
	Create(ctx context.Context, item models.Task) error

	// Get returns the task with the given ID.
	Get(ctx context.Context, id uuid.UUID) (models.Task, error)

	// List returns up to page.Limit tasks that match the filter, newest first.
	List(ctx context.Context, filter models.TaskFilter, page models.PageRequest) ([]models.Task, error)

	// Update changes one task atomically and returns the result. No other
	// change can occur between the value passed to change and the update. If change
	// returns an error, Update returns it unmodified and stores nothing. Change must
	// not modify the ID or call the repository. It may be called more than once.
	// than once.
	Update(ctx context.Context, id uuid.UUID, change func(item *models.Task) error) (models.Task, error)

	// Delete deletes one task, unless check returns an error for its current
	// state, which Delete returns unmodified. Check may be called more than once.
	Delete(ctx context.Context, id uuid.UUID, check func(item models.Task) error) error
}

// Tasks implements the use cases of tasks. They require a signed-in
// caller.
type Tasks struct {
	repo   TaskRepository
	events Publisher
}

// NewTasks returns the use cases for the tasks in repo.
func NewTasks(repo TaskRepository, events Publisher) *Tasks {
	return &Tasks{repo: repo, events: events}
}

// Create stores a new task that the caller owns.
func (s *Tasks) Create(ctx context.Context, fields models.TaskFields) (models.Task, error) {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return models.Task{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return models.Task{}, fmt.Errorf("generate an ID: %w", err)
	}
	created := now()
	item := models.Task{ID: id, Version: 1, CreatedAt: created, UpdatedAt: created}
	item.OwnerID = caller.ID
	item.TaskFields = storedTask(fields)
	if err := s.repo.Create(ctx, item); err != nil {
		return models.Task{}, err
	}
	announce(ctx, s.events, caller.ID, "task", "created", item.ID)
	return item, nil
}

// Get returns the task with the given ID.
func (s *Tasks) Get(ctx context.Context, id uuid.UUID) (models.Task, error) {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return models.Task{}, err
	}
	item, err := s.repo.Get(ctx, id)
	if err != nil {
		return models.Task{}, err
	}
	if err := checkTaskAccess(caller, item); err != nil {
		return models.Task{}, err
	}
	return item, nil
}

// List returns a page of the tasks that match the filter. Unless the caller is an
// admin, it contains only those of the caller.
func (s *Tasks) List(ctx context.Context, filter models.TaskFilter, page models.PageRequest) (models.Page[models.Task], error) {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return models.Page[models.Task]{}, err
	}
	filter.OwnerID, filter.AnyOwner = caller.ID, caller.HasRole(models.RoleAdmin)
	// Request one more item, to find out whether there is another page.
	items, err := s.repo.List(ctx, filter, models.PageRequest{Limit: page.Limit + 1, After: page.After})
	if err != nil {
		return models.Page[models.Task]{}, err
	}
	return pageOf(items, page.Limit, func(item models.Task) uuid.UUID {
		return item.ID
	}), nil
}

// Update replaces the fields of one task. Version is the version that the
// caller has seen, or 0 for any. If it is not the current version, Update returns
// apperr.Stale.
func (s *Tasks) Update(ctx context.Context, id uuid.UUID, version int64, fields models.TaskFields) (models.Task, error) {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return models.Task{}, err
	}
	item, err := s.repo.Update(ctx, id, func(item *models.Task) error {
		if err := checkTaskAccess(caller, *item); err != nil {
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
	announce(ctx, s.events, caller.ID, "task", "updated", item.ID)
	return item, nil
}

// Delete deletes one task. Version has the same meaning as in Update.
func (s *Tasks) Delete(ctx context.Context, id uuid.UUID, version int64) error {
	caller, err := auth.UserFrom(ctx)
	if err != nil {
		return err
	}
	err = s.repo.Delete(ctx, id, func(item models.Task) error {
		if err := checkTaskAccess(caller, item); err != nil {
			return err
		}
		return checkVersion(version, item.Version)
	})
	if err != nil {
		return err
	}
	announce(ctx, s.events, caller.ID, "task", "deleted", id)
	return nil
}

// checkTaskAccess returns apperr.NotFound if the caller may not access the
// task, so that callers cannot find out which IDs exist.
func checkTaskAccess(caller auth.User, item models.Task) error {
	if !caller.MayAccess(item.OwnerID) {
		return apperr.New(apperr.NotFound, "task not found")
	}
	return nil
}

// DeleteOwned deletes all tasks of a user.
func (s *Tasks) DeleteOwned(ctx context.Context, owner uuid.UUID) error {
	return deleteOwned(ctx, func(ctx context.Context, page models.PageRequest) (int, error) {
		items, err := s.repo.List(ctx, models.TaskFilter{OwnerID: owner}, page)
		for _, item := range items {
			if err := s.repo.Delete(ctx, item.ID, func(models.Task) error { return nil }); err != nil && apperr.KindOf(err) != apperr.NotFound {
				return 0, err
			}
			announce(ctx, s.events, owner, "task", "deleted", item.ID)
		}
		return len(items), err
	})
}

// storedTask returns the fields in the form that databases return.
func storedTask(fields models.TaskFields) models.TaskFields {
	if fields.DueAt != nil {
		fields.DueAt = new(stored(*fields.DueAt))
	}
	return fields
}
