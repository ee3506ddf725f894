package models

import (
	"time"

	"github.com/google/uuid"
)

// Task is a task as stored in the database.
type Task struct {
	ID uuid.UUID

	// OwnerID is the user who created it. Other users cannot access it.
	OwnerID uuid.UUID

	// Version starts at 1 and is incremented with each change.
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time

	TaskFields
}

// TaskFields contains the fields of a Task that clients can set.
// A nil pointer is a field that is not set.
type TaskFields struct {
	Title  string
	Notes  *string
	Status TaskStatus
	DueAt  *time.Time
}

// TaskStatus is the status of a Task.
type TaskStatus string

// The values of TaskStatus.
const (
	TaskStatusTodo  TaskStatus = "todo"
	TaskStatusDoing TaskStatus = "doing"
	TaskStatusDone  TaskStatus = "done"
)

// TaskFilter selects tasks by their fields. A nil pointer matches all values.
type TaskFilter struct {
	Status *TaskStatus
}

// TaskQuery selects a page of tasks.
type TaskQuery struct {
	Scope  Scope
	Filter TaskFilter
	Ranges TaskRanges

	Page PageRequest
}

// TaskRanges selects tasks by bounds of their fields.
type TaskRanges struct {
	CreatedAt Bounds[time.Time]
	UpdatedAt Bounds[time.Time]
}

// PositionOfTask returns the place of a task in a list, which is sorted by ID.
func PositionOfTask(item Task, _ PageSort) PagePosition {
	return PagePosition{ID: item.ID}
}
