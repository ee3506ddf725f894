package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"example.com/market-api/internal/api/request"
	"example.com/market-api/internal/models"
)

// OrderService provides the use cases of orders.
type OrderService interface {
	Create(ctx context.Context, fields models.OrderFields) (models.Order, error)
	Get(ctx context.Context, id uuid.UUID) (models.Order, error)
	List(ctx context.Context, filter models.OrderFilter, page models.PageRequest) (models.Page[models.Order], error)
	Update(ctx context.Context, id uuid.UUID, version int64, fields models.OrderFields) (models.Order, error)
	Delete(ctx context.Context, id uuid.UUID, version int64) error
}

// Orders handles /api/v1/orders.
type Orders struct {
	service OrderService
}

// NewOrders returns the handlers for the orders of a service.
func NewOrders(service OrderService) *Orders {
	return &Orders{service: service}
}

// Register adds the routes to a group.
func (h *Orders) Register(group *gin.RouterGroup) {
	group.POST("/orders", h.create)
	group.GET("/orders", h.list)
	group.GET("/orders/:id", h.get)
	group.PUT("/orders/:id", h.update)
	group.DELETE("/orders/:id", h.remove)
}

func (h *Orders) create(c *gin.Context) {
	in, err := request.Decode[orderInput](c.Request)
	if err != nil {
		fail(c, err)
		return
	}
	item, err := h.service.Create(c.Request.Context(), in.fields())
	if err != nil {
		fail(c, err)
		return
	}
	c.Header("Location", "/api/v1/orders/"+item.ID.String())
	c.Header("ETag", request.ETag(item.Version))
	c.JSON(http.StatusCreated, orderOutputFrom(item))
}

func (h *Orders) list(c *gin.Context) {
	filter, page, err := orderQuery(c.Request)
	if err != nil {
		fail(c, err)
		return
	}
	found, err := h.service.List(c.Request.Context(), filter, page)
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, listOf(found, orderOutputFrom))
}

func (h *Orders) get(c *gin.Context) {
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
	c.JSON(http.StatusOK, orderOutputFrom(item))
}

func (h *Orders) update(c *gin.Context) {
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
	in, err := request.Decode[orderInput](c.Request)
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
	c.JSON(http.StatusOK, orderOutputFrom(item))
}

func (h *Orders) remove(c *gin.Context) {
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

// orderInput is the JSON representation of an order in requests. Members that
// are missing or null are nil pointers.
type orderInput struct {
	CustomerID *string      `json:"customer_id" validate:"required,uuid"`
	Total      *string      `json:"total" validate:"required,decimal,decimalmin=0"`
	ItemsCount *request.Int `json:"items_count" validate:"required,min=1,max=1000"`
	Status     *string      `json:"status" validate:"required,oneof=new paid sent"`
	Note       *string      `json:"note" validate:"omitnil,max=2000,text"`
	PlacedAt   *string      `json:"placed_at" validate:"required,timestamp"`
}

// fields converts a valid input to the fields of the domain.
func (in orderInput) fields() models.OrderFields {
	var fields models.OrderFields
	fields.CustomerID = *request.Parsed(in.CustomerID, request.UUID)
	fields.Total = *request.Parsed(in.Total, request.Decimal)
	fields.ItemsCount = int64(*in.ItemsCount)
	fields.Status = models.OrderStatus(*in.Status)
	fields.Note = in.Note
	fields.PlacedAt = *request.Parsed(in.PlacedAt, request.Time)
	return fields
}

// orderOutput is the JSON representation of an order in responses.
type orderOutput struct {
	ID         uuid.UUID          `json:"id"`
	CustomerID uuid.UUID          `json:"customer_id"`
	Total      decimal.Decimal    `json:"total"`
	ItemsCount int64              `json:"items_count"`
	Status     models.OrderStatus `json:"status"`
	Note       *string            `json:"note"`
	PlacedAt   time.Time          `json:"placed_at"`
	OwnerID    uuid.UUID          `json:"owner_id"`
	Version    int64              `json:"version"`
	CreatedAt  time.Time          `json:"created_at"`
	UpdatedAt  time.Time          `json:"updated_at"`
}

func orderOutputFrom(item models.Order) orderOutput {
	var out orderOutput
	out.ID = item.ID
	out.CustomerID = item.CustomerID
	out.Total = item.Total
	out.ItemsCount = item.ItemsCount
	out.Status = item.Status
	out.Note = item.Note
	out.PlacedAt = item.PlacedAt
	out.OwnerID = item.OwnerID
	out.Version = item.Version
	out.CreatedAt = item.CreatedAt
	out.UpdatedAt = item.UpdatedAt
	return out
}

// orderQuery parses the filter and the page in the query of a request.
func orderQuery(r *http.Request) (models.OrderFilter, models.PageRequest, error) {
	var filter models.OrderFilter
	query := request.NewQuery(r)
	filter.CustomerID = request.Param(query, "customer_id", request.UUID)
	filter.Status = request.Param(query, "status", request.OneOf(models.OrderStatusNew, models.OrderStatusPaid, models.OrderStatusSent))
	return filter, query.Page(), query.Err()
}
