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

// Customers handles /api/v1/customers.
type Customers struct {
	service *services.Customers
}

// NewCustomers returns the handlers for the customers of a service.
func NewCustomers(service *services.Customers) *Customers {
	return &Customers{service: service}
}

// Create stores a new customer.
func (h *Customers) Create(c *gin.Context) error {
	fields, err := request.Decode(c.Request, readCustomer)
	if err != nil {
		return err
	}
	item, err := h.service.Create(c.Request.Context(), fields)
	if err != nil {
		return err
	}
	c.Header("Location", "/api/v1/customers/"+item.ID.String())
	setVersion(c.Writer.Header(), item.Version)
	c.JSON(http.StatusCreated, customerOutputFrom(item))
	return nil
}

// List returns a page of customers.
func (h *Customers) List(c *gin.Context) error {
	return h.list(c, request.NewQuery(c.Request))
}

func (h *Customers) list(c *gin.Context, params *request.Query) error {
	query, err := customerQuery(params)
	if err != nil {
		return err
	}
	found, err := h.service.List(c.Request.Context(), query)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, listOf(found, query.Page.Sort, customerOutputFrom))
	return nil
}

// Get returns one customer.
func (h *Customers) Get(c *gin.Context) error {
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
	c.JSON(http.StatusOK, customerOutputFrom(item))
	return nil
}

// Replace replaces the fields of one customer.
func (h *Customers) Replace(c *gin.Context) error {
	id, err := request.ID(c.Param("id"))
	if err != nil {
		return err
	}
	conditions, err := request.ReadConditions(c.Request)
	if err != nil {
		return err
	}
	fields, err := request.Decode(c.Request, readCustomer)
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
	c.JSON(http.StatusOK, customerOutputFrom(item))
	return nil
}

// Patch changes some fields of one customer.
func (h *Customers) Patch(c *gin.Context) error {
	id, err := request.ID(c.Param("id"))
	if err != nil {
		return err
	}
	conditions, err := request.ReadConditions(c.Request)
	if err != nil {
		return err
	}
	patch, err := request.Patch(c.Request, readCustomer)
	if err != nil {
		return err
	}
	item, err := h.service.Change(c.Request.Context(), id, conditions.Allow, patch)
	if err != nil {
		return err
	}
	setVersion(c.Writer.Header(), item.Version)
	c.JSON(http.StatusOK, customerOutputFrom(item))
	return nil
}

// Delete deletes one customer.
func (h *Customers) Delete(c *gin.Context) error {
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

// readCustomer reads the fields of a customer from the body of a request.
func readCustomer(o *request.Object, fields *models.CustomerFields) {
	request.Required(o, "email", &fields.Email, request.Text(1, 254))
	request.Required(o, "name", &fields.Name, request.Text(1, 120))
}

// customerOutput is the JSON representation of a customer in responses.
type customerOutput struct {
	ID        uuid.UUID `json:"id"`
	Email     string    `json:"email"`
	Name      string    `json:"name"`
	OwnerID   uuid.UUID `json:"owner_id"`
	Version   int64     `json:"version"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

func customerOutputFrom(item models.Customer) customerOutput {
	return customerOutput{
		ID:        item.ID,
		Email:     item.Email,
		Name:      item.Name,
		OwnerID:   item.OwnerID,
		Version:   item.Version,
		CreatedAt: item.CreatedAt,
		UpdatedAt: item.UpdatedAt,
	}
}

// customerSorts are the fields that customers can be sorted by.
var customerSorts = request.Sorts{
	"name": request.Sortable(request.String),
}

// customerQuery parses the parameters of a list.
func customerQuery(params *request.Query) (models.CustomerQuery, error) {
	query := models.CustomerQuery{
		Filter: models.CustomerFilter{
			Email: request.Param(params, "email", request.String),
		},
		Ranges: models.CustomerRanges{
			CreatedAt: request.Bounds(params, "created_at", request.Time),
			UpdatedAt: request.Bounds(params, "updated_at", request.Time),
		},
		Search: params.Search(),
		Page:   params.SortedPage(customerSorts),
	}
	return query, params.Err()
}
