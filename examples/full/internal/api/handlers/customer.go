package handlers

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"example.com/market-api/internal/api/request"
	"example.com/market-api/internal/models"
	"example.com/market-api/internal/services"
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
	in, err := request.Decode[customerInput](c.Request)
	if err != nil {
		return err
	}
	item, err := h.service.Create(c.Request.Context(), in.fields())
	if err != nil {
		return err
	}
	c.Header("Location", "/api/v1/customers/"+item.ID.String())
	c.Header("ETag", request.ETag(item.Version))
	c.JSON(http.StatusCreated, customerOutputFrom(item))
	return nil
}

// List returns a page of customers.
func (h *Customers) List(c *gin.Context) error {
	filter, page, err := customerQuery(c.Request)
	if err != nil {
		return err
	}
	found, err := h.service.List(c.Request.Context(), filter, page)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, listOf(found, customerOutputFrom))
	return nil
}

// Get returns one customer.
func (h *Customers) Get(c *gin.Context) error {
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
	c.JSON(http.StatusOK, customerOutputFrom(item))
	return nil
}

// Update replaces the fields of one customer.
func (h *Customers) Update(c *gin.Context) error {
	id, err := request.ID(c.Param("id"))
	if err != nil {
		return err
	}
	version, err := request.IfMatch(c.Request)
	if err != nil {
		return err
	}
	in, err := request.Decode[customerInput](c.Request)
	if err != nil {
		return err
	}
	item, err := h.service.Update(c.Request.Context(), id, version, in.fields())
	if err != nil {
		return err
	}
	c.Header("ETag", request.ETag(item.Version))
	c.JSON(http.StatusOK, customerOutputFrom(item))
	return nil
}

// Delete deletes one customer.
func (h *Customers) Delete(c *gin.Context) error {
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
	return customerOutput{
		ID:         item.ID,
		Email:      item.Email,
		Name:       item.Name,
		Birthday:   item.Birthday,
		Newsletter: item.Newsletter,
		OwnerID:    item.OwnerID,
		Version:    item.Version,
		CreatedAt:  item.CreatedAt,
		UpdatedAt:  item.UpdatedAt,
	}
}

// customerQuery parses the filter and the page in the query of a request.
func customerQuery(r *http.Request) (models.CustomerFilter, models.PageRequest, error) {
	query := request.NewQuery(r)
	filter := models.CustomerFilter{
		Email: request.Param(query, "email", request.Text),
	}
	return filter, query.Page(), query.Err()
}
