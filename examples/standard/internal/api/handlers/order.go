package handlers

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"example.com/shop-api/internal/api/request"
	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/services"
)

// Orders handles /api/v1/orders.
type Orders struct {
	service         *services.Orders
	customerService *services.Customers
}

// NewOrders returns the handlers for the orders of a service.
func NewOrders(service *services.Orders, customerService *services.Customers) *Orders {
	return &Orders{service: service, customerService: customerService}
}

// Create stores a new order.
func (h *Orders) Create(c *gin.Context) error {
	fields, err := request.Decode(c.Request, readOrder)
	if err != nil {
		return err
	}
	item, err := h.service.Create(c.Request.Context(), fields)
	if err != nil {
		return err
	}
	c.Header("Location", "/api/v1/orders/"+item.ID.String())
	setVersion(c.Writer.Header(), item.Version)
	c.JSON(http.StatusCreated, orderOutputFrom(item))
	return nil
}

// List returns a page of orders.
func (h *Orders) List(c *gin.Context) error {
	return h.list(c, request.NewQuery(c.Request))
}

// ListByCustomer returns a page of the orders that refer to a customer.
func (h *Orders) ListByCustomer(c *gin.Context) error {
	id, err := request.ID(c.Param("id"))
	if err != nil {
		return err
	}
	if _, err := h.customerService.Get(c.Request.Context(), id); err != nil {
		return err
	}
	return h.list(c, request.NewQuery(c.Request).With("customer_id", id.String()))
}

// ListByInvoiceTo returns a page of the orders that refer to a customer by invoice_to_id.
func (h *Orders) ListByInvoiceTo(c *gin.Context) error {
	id, err := request.ID(c.Param("id"))
	if err != nil {
		return err
	}
	if _, err := h.customerService.Get(c.Request.Context(), id); err != nil {
		return err
	}
	return h.list(c, request.NewQuery(c.Request).With("invoice_to_id", id.String()))
}

func (h *Orders) list(c *gin.Context, params *request.Query) error {
	query, err := orderQuery(params)
	if err != nil {
		return err
	}
	found, err := h.service.List(c.Request.Context(), query)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, listOf(found, query.Page.Sort, orderOutputFrom))
	return nil
}

// Get returns one order.
func (h *Orders) Get(c *gin.Context) error {
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
	c.JSON(http.StatusOK, orderOutputFrom(item))
	return nil
}

// Replace replaces the fields of one order.
func (h *Orders) Replace(c *gin.Context) error {
	id, err := request.ID(c.Param("id"))
	if err != nil {
		return err
	}
	conditions, err := request.ReadConditions(c.Request)
	if err != nil {
		return err
	}
	fields, err := request.Decode(c.Request, readOrder)
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
	c.JSON(http.StatusOK, orderOutputFrom(item))
	return nil
}

// Patch changes some fields of one order.
func (h *Orders) Patch(c *gin.Context) error {
	id, err := request.ID(c.Param("id"))
	if err != nil {
		return err
	}
	conditions, err := request.ReadConditions(c.Request)
	if err != nil {
		return err
	}
	patch, err := request.Patch(c.Request, readOrder)
	if err != nil {
		return err
	}
	item, err := h.service.Change(c.Request.Context(), id, conditions.Allow, patch)
	if err != nil {
		return err
	}
	setVersion(c.Writer.Header(), item.Version)
	c.JSON(http.StatusOK, orderOutputFrom(item))
	return nil
}

// Delete deletes one order.
func (h *Orders) Delete(c *gin.Context) error {
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

// readOrder reads the fields of an order from the body of a request.
func readOrder(o *request.Object, fields *models.OrderFields) {
	request.Required(o, "customer_id", &fields.CustomerID, request.UUID)
	request.Optional(o, "invoice_to_id", &fields.InvoiceToID, request.UUID)
	request.Required(o, "total", &fields.Total, request.DecimalAtLeast("0", request.Decimal))
	request.Default(o, "status", &fields.Status, models.OrderStatusNew, request.OneOf(models.OrderStatusNew, models.OrderStatusPaid, models.OrderStatusSent))
	request.Optional(o, "note", &fields.Note, request.Text(0, 10000))
}

// orderOutput is the JSON representation of an order in responses.
type orderOutput struct {
	ID          uuid.UUID          `json:"id"`
	CustomerID  uuid.UUID          `json:"customer_id"`
	InvoiceToID *uuid.UUID         `json:"invoice_to_id"`
	Total       decimal.Decimal    `json:"total"`
	Status      models.OrderStatus `json:"status"`
	Note        *string            `json:"note"`
	OwnerID     uuid.UUID          `json:"owner_id"`
	Version     int64              `json:"version"`
	CreatedAt   time.Time          `json:"created_at"`
	UpdatedAt   time.Time          `json:"updated_at"`
}

func orderOutputFrom(item models.Order) orderOutput {
	return orderOutput{
		ID:          item.ID,
		CustomerID:  item.CustomerID,
		InvoiceToID: item.InvoiceToID,
		Total:       item.Total,
		Status:      item.Status,
		Note:        item.Note,
		OwnerID:     item.OwnerID,
		Version:     item.Version,
		CreatedAt:   item.CreatedAt,
		UpdatedAt:   item.UpdatedAt,
	}
}

// orderSorts are the fields that orders can be sorted by.
var orderSorts = request.Sorts{
	"total": request.Sortable(request.Decimal),
}

// orderQuery parses the parameters of a list.
func orderQuery(params *request.Query) (models.OrderQuery, error) {
	query := models.OrderQuery{
		Filter: models.OrderFilter{
			Status:      request.Param(params, "status", request.OneOf(models.OrderStatusNew, models.OrderStatusPaid, models.OrderStatusSent)),
			CustomerID:  request.Param(params, "customer_id", request.UUID),
			InvoiceToID: request.Param(params, "invoice_to_id", request.UUID),
		},
		Ranges: models.OrderRanges{
			Total:     request.Bounds(params, "total", request.Decimal),
			CreatedAt: request.Bounds(params, "created_at", request.Time),
			UpdatedAt: request.Bounds(params, "updated_at", request.Time),
		},
		Search: params.Search(),
		Page:   params.SortedPage(orderSorts),
	}
	return query, params.Err()
}
