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
	fields, err := request.Decode(c.Request, readTask)
	if err != nil {
		return err
	}
	item, err := h.service.Create(c.Request.Context(), fields)
	if err != nil {
		return err
	}
	c.Header("Location", "/api/v1/tasks/"+item.ID.String())
	setVersion(c.Writer.Header(), item.Version)
	c.JSON(http.StatusCreated, taskOutputFrom(item))
	return nil
}

// List returns a page of tasks.
func (h *Tasks) List(c *gin.Context) error {
	return h.list(c, request.NewQuery(c.Request))
}

func (h *Tasks) list(c *gin.Context, params *request.Query) error {
	query, err := taskQuery(params)
	if err != nil {
		return err
	}
	found, err := h.service.List(c.Request.Context(), query)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, listOf(found, query.Page.Sort, taskOutputFrom))
	return nil
}

// Get returns one task.
func (h *Tasks) Get(c *gin.Context) error {
	id, err := request.ID(c.Param("id"))
	if err != nil {
		return err
	}
	conditions, err := request.ReadConditions(c.Request)
	if err != nil {
		return err
	}
	item, err := h.service.Get(c.Request.Context(), id)
	if err != nil {
		return err
	}
	modified, err := conditions.Modified(item.Version)
	if err != nil {
		return err
	}
	setVersion(c.Writer.Header(), item.Version)
	if !modified {
		c.Status(http.StatusNotModified)
		return nil
	}
	c.JSON(http.StatusOK, taskOutputFrom(item))
	return nil
}

// Replace replaces the fields of one task.
func (h *Tasks) Replace(c *gin.Context) error {
	id, err := request.ID(c.Param("id"))
	if err != nil {
		return err
	}
	conditions, err := request.ReadConditions(c.Request)
	if err != nil {
		return err
	}
	fields, err := request.Decode(c.Request, readTask)
	if err != nil {
		return err
	}
	version, err := conditions.Version(func() (int64, error) {
		item, err := h.service.Get(c.Request.Context(), id)
		return item.Version, err
	})
	if err != nil {
		return err
	}
	item, err := h.service.Update(c.Request.Context(), id, version, fields)
	if err != nil {
		return err
	}
	setVersion(c.Writer.Header(), item.Version)
	c.JSON(http.StatusOK, taskOutputFrom(item))
	return nil
}

// Patch changes some fields of one task.
func (h *Tasks) Patch(c *gin.Context) error {
	id, err := request.ID(c.Param("id"))
	if err != nil {
		return err
	}
	conditions, err := request.ReadConditions(c.Request)
	if err != nil {
		return err
	}
	patch, err := request.Patch(c.Request, readTask)
	if err != nil {
		return err
	}
	item, err := h.service.Change(c.Request.Context(), id, conditions.Allow, patch)
	if err != nil {
		return err
	}
	setVersion(c.Writer.Header(), item.Version)
	c.JSON(http.StatusOK, taskOutputFrom(item))
	return nil
}

// Delete deletes one task.
func (h *Tasks) Delete(c *gin.Context) error {
	id, err := request.ID(c.Param("id"))
	if err != nil {
		return err
	}
	conditions, err := request.ReadConditions(c.Request)
	if err != nil {
		return err
	}
	version, err := conditions.Version(func() (int64, error) {
		item, err := h.service.Get(c.Request.Context(), id)
		return item.Version, err
	})
	if err != nil {
		return err
	}
	if err := h.service.Delete(c.Request.Context(), id, version); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

// readTask reads the fields of a task from the body of a request.
func readTask(o *request.Object, fields *models.TaskFields) {
	request.Required(o, "title", &fields.Title, request.Text(1, 120))
	request.Optional(o, "notes", &fields.Notes, request.Text(0, 10000))
	request.Default(o, "status", &fields.Status, models.TaskStatusTodo, request.OneOf(models.TaskStatusTodo, models.TaskStatusDoing, models.TaskStatusDone))
	request.Optional(o, "due_at", &fields.DueAt, request.Time)
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

// taskQuery parses the parameters of a list.
func taskQuery(params *request.Query) (models.TaskQuery, error) {
	query := models.TaskQuery{
		Filter: models.TaskFilter{
			Status: request.Param(params, "status", request.OneOf(models.TaskStatusTodo, models.TaskStatusDoing, models.TaskStatusDone)),
		},
		Ranges: models.TaskRanges{
			CreatedAt: request.Bounds(params, "created_at", request.Time),
			UpdatedAt: request.Bounds(params, "updated_at", request.Time),
		},
		Page: params.SortedPage(nil),
	}
	return query, params.Err()
}
