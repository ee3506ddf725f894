package models

import (
	"time"

	"github.com/google/uuid"
)

// Task is one task as it is stored.
type Task struct {
	ID uuid.UUID

	// OwnerID is the user who created it; nobody else sees it.
	OwnerID uuid.UUID

	// Version counts the changes; it starts at 1.
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time

	TaskFields
}

// TaskFields is the part of a Task that its owner writes.
// A nil pointer is a field that was not given.
type TaskFields struct {
	Title  string
	Notes  *string
	Status *TaskStatus
	DueAt  *time.Time
}

// TaskStatus is the status of a Task.
type TaskStatus string

// The values that TaskStatus may have.
const (
	TaskStatusTodo  TaskStatus = "todo"
	TaskStatusDoing TaskStatus = "doing"
	TaskStatusDone  TaskStatus = "done"
)

// TaskFilter says which tasks a list holds. A nil pointer matches all.
type TaskFilter struct {
	OwnerID uuid.UUID
	Status  *TaskStatus
}
