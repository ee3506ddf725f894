package services

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"example.com/hello-api/internal/models"
	"example.com/hello-api/internal/repository"
)

// Tasks implements the use cases of tasks.
type Tasks struct {
	repo   repository.Tasks
	events Publisher
}

// NewTasks returns the use cases for the tasks in repo.
func NewTasks(repo repository.Tasks, events Publisher) *Tasks {
	return &Tasks{repo: repo, events: events}
}

// Create stores a new task.
func (s *Tasks) Create(ctx context.Context, fields models.TaskFields) (models.Task, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return models.Task{}, fmt.Errorf("generate an ID: %w", err)
	}
	created := now()
	item := models.Task{
		ID:         id,
		Version:    1,
		CreatedAt:  created,
		UpdatedAt:  created,
		TaskFields: storedTask(fields),
	}
	if err := s.repo.Create(ctx, item); err != nil {
		return models.Task{}, err
	}
	announce(ctx, s.events, "task.created", item.ID)
	return item, nil
}

// Get returns a task.
func (s *Tasks) Get(ctx context.Context, id uuid.UUID) (models.Task, error) {
	return s.repo.Get(ctx, id)
}

// List returns a page of the tasks that a query selects.
func (s *Tasks) List(ctx context.Context, query models.TaskQuery) (models.Page[models.Task], error) {
	return pageOf(ctx, query.Page, models.PositionOfTask, func(ctx context.Context, page models.PageRequest) ([]models.Task, error) {
		query.Page = page
		return s.repo.List(ctx, query)
	}, func(ctx context.Context) (int64, error) {
		return s.repo.Count(ctx, query)
	})
}

// Update replaces the fields of a task. Version is the version that the
// caller has seen, or 0 for any. If it is not the current version, Update returns
// apperr.Stale.
func (s *Tasks) Update(ctx context.Context, id uuid.UUID, version int64, fields models.TaskFields) (models.Task, error) {
	item, err := s.repo.Update(ctx, id, version, storedTask(fields), now())
	if err != nil {
		return models.Task{}, err
	}
	announce(ctx, s.events, "task.updated", item.ID)
	return item, nil
}

// Change changes some fields of a task. Match decides, by the current version,
// whether the caller may change it. If not, Change returns apperr.Stale. If change
// returns an error, Change returns it unmodified and stores nothing. Change may be
// called more than once.
func (s *Tasks) Change(ctx context.Context, id uuid.UUID, match func(version int64) bool, change func(fields *models.TaskFields) error) (models.Task, error) {
	return retryStale(func() (models.Task, error) {
		item, err := s.Get(ctx, id)
		if err != nil {
			return models.Task{}, err
		}
		if !match(item.Version) {
			return models.Task{}, errNoMatch
		}
		if err := change(&item.TaskFields); err != nil {
			return models.Task{}, err
		}
		return s.Update(ctx, id, item.Version, item.TaskFields)
	})
}

// Delete deletes a task. Version has the same meaning as in Update.
func (s *Tasks) Delete(ctx context.Context, id uuid.UUID, version int64) error {
	if err := s.repo.Delete(ctx, id, version); err != nil {
		return err
	}
	announce(ctx, s.events, "task.deleted", id)
	return nil
}

// storedTask returns the fields in the form that databases return.
func storedTask(fields models.TaskFields) models.TaskFields {
	if fields.DueAt != nil {
		fields.DueAt = new(models.StoredTime(*fields.DueAt))
	}
	return fields
}
