package handlers

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"example.com/shop-api/internal/api/request"
	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/services"
)

// Tasks handles /api/v1/tasks.
type Tasks struct {
	service *services.Tasks
}

// NewTasks returns the handlers for the tasks of a service.
func NewTasks(service *services.Tasks) *Tasks {
	return &Tasks{service: service}
}

// Create stores a new task.
func (h *Tasks) Create(c *gin.Context) error {
	in, err := request.Decode[taskInput](c.Request)
	if err != nil {
		return err
	}
	item, err := h.service.Create(c.Request.Context(), in.fields())
	if err != nil {
		return err
	}
	c.Header("Location", "/api/v1/tasks/"+item.ID.String())
	c.Header("ETag", request.ETag(item.Version))
	c.JSON(http.StatusCreated, taskOutputFrom(item))
	return nil
}

// List returns a page of tasks.
func (h *Tasks) List(c *gin.Context) error {
	filter, page, err := taskQuery(c.Request)
	if err != nil {
		return err
	}
	found, err := h.service.List(c.Request.Context(), filter, page)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, listOf(found, taskOutputFrom))
	return nil
}

// Get returns one task.
func (h *Tasks) Get(c *gin.Context) error {
	id, err := request.ID(c.Param("id"))
	if err != nil {
		return err
	}
	item, err := h.service.Get(c.Request.Context(), id)
	if err != nil {
		return err
	}
	c.Header("ETag", request.ETag(item.Version))
	if request.NoneMatch(c.Request, item.Version) {
		c.Status(http.StatusNotModified)
		return nil
	}
	c.JSON(http.StatusOK, taskOutputFrom(item))
	return nil
}

// Update replaces the fields of one task.
func (h *Tasks) Update(c *gin.Context) error {
	id, err := request.ID(c.Param("id"))
	if err != nil {
		return err
	}
	version, err := request.IfMatch(c.Request)
	if err != nil {
		return err
	}
	in, err := request.Decode[taskInput](c.Request)
	if err != nil {
		return err
	}
	item, err := h.service.Update(c.Request.Context(), id, version, in.fields())
	if err != nil {
		return err
	}
	c.Header("ETag", request.ETag(item.Version))
	c.JSON(http.StatusOK, taskOutputFrom(item))
	return nil
}

// Delete deletes one task.
func (h *Tasks) Delete(c *gin.Context) error {
	id, err := request.ID(c.Param("id"))
	if err != nil {
		return err
	}
	version, err := request.IfMatch(c.Request)
	if err != nil {
		return err
	}
	if err := h.service.Delete(c.Request.Context(), id, version); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

// taskInput is the JSON representation of a task in requests. Members that
// are missing or null are nil pointers.
type taskInput struct {
	Title  *string `json:"title" validate:"required,min=1,max=120,text"`
	Notes  *string `json:"notes" validate:"omitnil,max=10000,text"`
	Status *string `json:"status" validate:"omitnil,oneof=todo doing done"`
	DueAt  *string `json:"due_at" validate:"omitnil,timestamp"`
}

// fields converts a valid input to the fields of the domain.
func (in taskInput) fields() models.TaskFields {
	var fields models.TaskFields
	fields.Title = *in.Title
	fields.Notes = in.Notes
	fields.Status = valueOr((*models.TaskStatus)(in.Status), models.TaskStatusTodo)
	fields.DueAt = request.Parsed(in.DueAt, request.Time)
	return fields
}

// taskOutput is the JSON representation of a task in responses.
type taskOutput struct {
	ID        uuid.UUID         `json:"id"`
	Title     string            `json:"title"`
	Notes     *string           `json:"notes"`
	Status    models.TaskStatus `json:"status"`
	DueAt     *time.Time        `json:"due_at"`
	OwnerID   uuid.UUID         `json:"owner_id"`
	Version   int64             `json:"version"`
	CreatedAt time.Time         `json:"created_at"`
	UpdatedAt time.Time         `json:"updated_at"`
}

func taskOutputFrom(item models.Task) taskOutput {
	return taskOutput{
		ID:        item.ID,
		Title:     item.Title,
		Notes:     item.Notes,
		Status:    item.Status,
		DueAt:     item.DueAt,
		OwnerID:   item.OwnerID,
		Version:   item.Version,
		CreatedAt: item.CreatedAt,
		UpdatedAt: item.UpdatedAt,
	}
}

// taskQuery parses the filter and the page in the query of a request.
func taskQuery(r *http.Request) (models.TaskFilter, models.PageRequest, error) {
	query := request.NewQuery(r)
	filter := models.TaskFilter{
		Status: request.Param(query, "status", request.OneOf(models.TaskStatusTodo, models.TaskStatusDoing, models.TaskStatusDone)),
	}
	return filter, query.Page(), query.Err()
}
