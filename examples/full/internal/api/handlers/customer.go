package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"example.com/market-api/internal/api/request"
	"example.com/market-api/internal/models"
)

// CustomerService provides the use cases of customers.
type CustomerService interface {
	Create(ctx context.Context, fields models.CustomerFields) (models.Customer, error)
	Get(ctx context.Context, id uuid.UUID) (models.Customer, error)
	List(ctx context.Context, filter models.CustomerFilter, page models.PageRequest) (models.Page[models.Customer], error)
	Update(ctx context.Context, id uuid.UUID, version int64, fields models.CustomerFields) (models.Customer, error)
	Delete(ctx context.Context, id uuid.UUID, version int64) error
}

// Customers handles /api/v1/customers.
type Customers struct {
	service CustomerService
}

// NewCustomers returns the handlers for the customers of a service.
func NewCustomers(service CustomerService) *Customers {
	return &Customers{service: service}
}

// Register adds the routes to a group.
func (h *Customers) Register(group *gin.RouterGroup) {
	group.POST("/customers", h.create)
	group.GET("/customers", h.list)
	group.GET("/customers/:id", h.get)
	group.PUT("/customers/:id", h.update)
	group.DELETE("/customers/:id", h.remove)
}

func (h *Customers) create(c *gin.Context) {
	in, err := request.Decode[customerInput](c.Request)
	if err != nil {
		fail(c, err)
		return
	}
	item, err := h.service.Create(c.Request.Context(), in.fields())
	if err != nil {
		fail(c, err)
		return
	}
	c.Header("Location", "/api/v1/customers/"+item.ID.String())
	c.Header("ETag", request.ETag(item.Version))
	c.JSON(http.StatusCreated, customerOutputFrom(item))
}

func (h *Customers) list(c *gin.Context) {
	filter, page, err := customerQuery(c.Request)
	if err != nil {
		fail(c, err)
		return
	}
	found, err := h.service.List(c.Request.Context(), filter, page)
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, listOf(found, customerOutputFrom))
}

func (h *Customers) get(c *gin.Context) {
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
	c.JSON(http.StatusOK, customerOutputFrom(item))
}

func (h *Customers) update(c *gin.Context) {
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
	in, err := request.Decode[customerInput](c.Request)
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
	c.JSON(http.StatusOK, customerOutputFrom(item))
}

func (h *Customers) remove(c *gin.Context) {
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

// customerInput is the JSON representation of a customer in requests. Members that
// are missing or null are nil pointers.
type customerInput struct {
	Email      *string `json:"email" validate:"required,min=1,max=254,text"`
	Name       *string `json:"name" validate:"required,min=1,max=120,text"`
	Birthday   *string `json:"birthday" validate:"omitnil,date"`
	Newsletter *bool   `json:"newsletter" validate:"required"`
}

// fields converts a valid input to the fields of the domain.
func (in customerInput) fields() models.CustomerFields {
	var fields models.CustomerFields
	fields.Email = *in.Email
	fields.Name = *in.Name
	fields.Birthday = request.Parsed(in.Birthday, request.Date)
	fields.Newsletter = *in.Newsletter
	return fields
}

// customerOutput is the JSON representation of a customer in responses.
type customerOutput struct {
	ID         uuid.UUID    `json:"id"`
	Email      string       `json:"email"`
	Name       string       `json:"name"`
	Birthday   *models.Date `json:"birthday"`
	Newsletter bool         `json:"newsletter"`
	OwnerID    uuid.UUID    `json:"owner_id"`
	Version    int64        `json:"version"`
	CreatedAt  time.Time    `json:"created_at"`
	UpdatedAt  time.Time    `json:"updated_at"`
}

func customerOutputFrom(item models.Customer) customerOutput {
	var out customerOutput
	out.ID = item.ID
	out.Email = item.Email
	out.Name = item.Name
	out.Birthday = item.Birthday
	out.Newsletter = item.Newsletter
	out.OwnerID = item.OwnerID
	out.Version = item.Version
	out.CreatedAt = item.CreatedAt
	out.UpdatedAt = item.UpdatedAt
	return out
}

// customerQuery parses the filter and the page in the query of a request.
func customerQuery(r *http.Request) (models.CustomerFilter, models.PageRequest, error) {
	var filter models.CustomerFilter
	query := request.NewQuery(r)
	filter.Email = request.Param(query, "email", request.Text)
	return filter, query.Page(), query.Err()
}
