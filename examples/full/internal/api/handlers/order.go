package handlers

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"example.com/market-api/internal/api/request"
	"example.com/market-api/internal/models"
	"example.com/market-api/internal/services"
)

// Orders handles /api/v1/orders.
type Orders struct {
	service *services.Orders
}

// NewOrders returns the handlers for the orders of a service.
func NewOrders(service *services.Orders) *Orders {
	return &Orders{service: service}
}

// Create stores a new order.
func (h *Orders) Create(c *gin.Context) error {
	in, err := request.Decode[orderInput](c.Request)
	if err != nil {
		return err
	}
	item, err := h.service.Create(c.Request.Context(), in.fields())
	if err != nil {
		return err
	}
	c.Header("Location", "/api/v1/orders/"+item.ID.String())
	c.Header("ETag", request.ETag(item.Version))
	c.JSON(http.StatusCreated, orderOutputFrom(item))
	return nil
}

// List returns a page of orders.
func (h *Orders) List(c *gin.Context) error {
	filter, page, err := orderQuery(c.Request)
	if err != nil {
		return err
	}
	found, err := h.service.List(c.Request.Context(), filter, page)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, listOf(found, orderOutputFrom))
	return nil
}

// Get returns one order.
func (h *Orders) Get(c *gin.Context) error {
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
	c.JSON(http.StatusOK, orderOutputFrom(item))
	return nil
}

// Update replaces the fields of one order.
func (h *Orders) Update(c *gin.Context) error {
	id, err := request.ID(c.Param("id"))
	if err != nil {
		return err
	}
	version, err := request.IfMatch(c.Request)
	if err != nil {
		return err
	}
	in, err := request.Decode[orderInput](c.Request)
	if err != nil {
		return err
	}
	item, err := h.service.Update(c.Request.Context(), id, version, in.fields())
	if err != nil {
		return err
	}
	c.Header("ETag", request.ETag(item.Version))
	c.JSON(http.StatusOK, orderOutputFrom(item))
	return nil
}

// Delete deletes one order.
func (h *Orders) Delete(c *gin.Context) error {
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
	return orderOutput{
		ID:         item.ID,
		CustomerID: item.CustomerID,
		Total:      item.Total,
		ItemsCount: item.ItemsCount,
		Status:     item.Status,
		Note:       item.Note,
		PlacedAt:   item.PlacedAt,
		OwnerID:    item.OwnerID,
		Version:    item.Version,
		CreatedAt:  item.CreatedAt,
		UpdatedAt:  item.UpdatedAt,
	}
}

// orderQuery parses the filter and the page in the query of a request.
func orderQuery(r *http.Request) (models.OrderFilter, models.PageRequest, error) {
	query := request.NewQuery(r)
	filter := models.OrderFilter{
		CustomerID: request.Param(query, "customer_id", request.UUID),
		Status:     request.Param(query, "status", request.OneOf(models.OrderStatusNew, models.OrderStatusPaid, models.OrderStatusSent)),
	}
	return filter, query.Page(), query.Err()
}
