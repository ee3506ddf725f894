package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"example.com/hello-api/internal/api/request"
	"example.com/hello-api/internal/models"
)

// TaskService provides the use cases of tasks.
type TaskService interface {
	Create(ctx context.Context, fields models.TaskFields) (models.Task, error)
	Get(ctx context.Context, id uuid.UUID) (models.Task, error)
	List(ctx context.Context, filter models.TaskFilter, page models.PageRequest) (models.Page[models.Task], error)
	Update(ctx context.Context, id uuid.UUID, version int64, fields models.TaskFields) (models.Task, error)
	Delete(ctx context.Context, id uuid.UUID, version int64) error
}

// Tasks handles /api/v1/tasks.
type Tasks struct {
	service TaskService
}

// NewTasks returns the handlers for the tasks of a service.
func NewTasks(service TaskService) *Tasks {
	return &Tasks{service: service}
}

// Register adds the routes to a group.
func (h *Tasks) Register(group *gin.RouterGroup) {
	group.POST("/tasks", h.create)
	group.GET("/tasks", h.list)
	group.GET("/tasks/:id", h.get)
	group.PUT("/tasks/:id", h.update)
	group.DELETE("/tasks/:id", h.remove)
}

func (h *Tasks) create(c *gin.Context) {
	in, err := request.Decode[taskInput](c.Request)
	if err != nil {
		fail(c, err)
		return
	}
	item, err := h.service.Create(c.Request.Context(), in.fields())
	if err != nil {
		fail(c, err)
		return
	}
	c.Header("Location", "/api/v1/tasks/"+item.ID.String())
	c.Header("ETag", request.ETag(item.Version))
	c.JSON(http.StatusCreated, taskOutputFrom(item))
}

func (h *Tasks) list(c *gin.Context) {
	filter, page, err := taskQuery(c.Request)
	if err != nil {
		fail(c, err)
		return
	}
	found, err := h.service.List(c.Request.Context(), filter, page)
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, listOf(found, taskOutputFrom))
}

func (h *Tasks) get(c *gin.Context) {
	id, err := request.ID(c.Param("id"))
	if err != nil {
		fail(c, err)
		return
	}
	item, err := h.service.Get(c.Request.Context(), id)
	if err != nil {
		fail(c, err)
		return
	}
	c.Header("ETag", request.ETag(item.Version))
	if request.NoneMatch(c.Request, item.Version) {
		c.Status(http.StatusNotModified)
		return
	}
	c.JSON(http.StatusOK, taskOutputFrom(item))
}

func (h *Tasks) update(c *gin.Context) {
	id, err := request.ID(c.Param("id"))
	if err != nil {
		fail(c, err)
		return
	}
	version, err := request.IfMatch(c.Request)
	if err != nil {
		fail(c, err)
		return
	}
	in, err := request.Decode[taskInput](c.Request)
	if err != nil {
		fail(c, err)
		return
	}
	item, err := h.service.Update(c.Request.Context(), id, version, in.fields())
	if err != nil {
		fail(c, err)
		return
	}
	c.Header("ETag", request.ETag(item.Version))
	c.JSON(http.StatusOK, taskOutputFrom(item))
}

func (h *Tasks) remove(c *gin.Context) {
	id, err := request.ID(c.Param("id"))
	if err != nil {
		fail(c, err)
		return
	}
	version, err := request.IfMatch(c.Request)
	if err != nil {
		fail(c, err)
		return
	}
	if err := h.service.Delete(c.Request.Context(), id, version); err != nil {
		fail(c, err)
		return
	}
	c.Status(http.StatusNoContent)
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
	fields.Status = (*models.TaskStatus)(in.Status)
	fields.DueAt = request.Parsed(in.DueAt, request.Time)
	return fields
}

// taskOutput is the JSON representation of a task in responses.
type taskOutput struct {
	ID        uuid.UUID          `json:"id"`
	Title     string             `json:"title"`
	Notes     *string            `json:"notes"`
	Status    *models.TaskStatus `json:"status"`
	DueAt     *time.Time         `json:"due_at"`
	Version   int64              `json:"version"`
	CreatedAt time.Time          `json:"created_at"`
	UpdatedAt time.Time          `json:"updated_at"`
}

func taskOutputFrom(item models.Task) taskOutput {
	var out taskOutput
	out.ID = item.ID
	out.Title = item.Title
	out.Notes = item.Notes
	out.Status = item.Status
	out.DueAt = item.DueAt
	out.Version = item.Version
	out.CreatedAt = item.CreatedAt
	out.UpdatedAt = item.UpdatedAt
	return out
}

// taskQuery parses the filter and the page in the query of a request.
func taskQuery(r *http.Request) (models.TaskFilter, models.PageRequest, error) {
	var filter models.TaskFilter
	query := request.NewQuery(r)
	filter.Status = request.Param(query, "status", request.OneOf(models.TaskStatusTodo, models.TaskStatusDoing, models.TaskStatusDone))
	return filter, query.Page(), query.Err()
}
