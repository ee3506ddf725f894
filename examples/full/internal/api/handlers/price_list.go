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

// PriceLists handles /api/v1/price-lists.
type PriceLists struct {
	service *services.PriceLists
}

// NewPriceLists returns the handlers for the price lists of a service.
func NewPriceLists(service *services.PriceLists) *PriceLists {
	return &PriceLists{service: service}
}

// Create stores a new price list.
func (h *PriceLists) Create(c *gin.Context) error {
	in, err := request.Decode[priceListInput](c.Request)
	if err != nil {
		return err
	}
	item, err := h.service.Create(c.Request.Context(), in.fields())
	if err != nil {
		return err
	}
	c.Header("Location", "/api/v1/price-lists/"+item.ID.String())
	c.Header("ETag", request.ETag(item.Version))
	c.JSON(http.StatusCreated, priceListOutputFrom(item))
	return nil
}

// List returns a page of price lists.
func (h *PriceLists) List(c *gin.Context) error {
	filter, page, err := priceListQuery(c.Request)
	if err != nil {
		return err
	}
	found, err := h.service.List(c.Request.Context(), filter, page)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, listOf(found, priceListOutputFrom))
	return nil
}

// Get returns one price list.
func (h *PriceLists) Get(c *gin.Context) error {
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
	c.JSON(http.StatusOK, priceListOutputFrom(item))
	return nil
}

// Update replaces the fields of one price list.
func (h *PriceLists) Update(c *gin.Context) error {
	id, err := request.ID(c.Param("id"))
	if err != nil {
		return err
	}
	version, err := request.IfMatch(c.Request)
	if err != nil {
		return err
	}
	in, err := request.Decode[priceListInput](c.Request)
	if err != nil {
		return err
	}
	item, err := h.service.Update(c.Request.Context(), id, version, in.fields())
	if err != nil {
		return err
	}
	c.Header("ETag", request.ETag(item.Version))
	c.JSON(http.StatusOK, priceListOutputFrom(item))
	return nil
}

// Delete deletes one price list.
func (h *PriceLists) Delete(c *gin.Context) error {
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

// priceListInput is the JSON representation of a price list in requests. Members that
// are missing or null are nil pointers.
type priceListInput struct {
	Title     *string  `json:"title" validate:"required,min=1,max=80,text"`
	Currency  *string  `json:"currency" validate:"required,oneof=eur usd gbp"`
	Discount  *float64 `json:"discount" validate:"omitnil,min=0,max=1"`
	ValidFrom *string  `json:"valid_from" validate:"required,date"`
}

// fields converts a valid input to the fields of the domain.
func (in priceListInput) fields() models.PriceListFields {
	var fields models.PriceListFields
	fields.Title = *in.Title
	fields.Currency = models.PriceListCurrency(*in.Currency)
	fields.Discount = in.Discount
	fields.ValidFrom = *request.Parsed(in.ValidFrom, request.Date)
	return fields
}

// priceListOutput is the JSON representation of a price list in responses.
type priceListOutput struct {
	ID        uuid.UUID                `json:"id"`
	Title     string                   `json:"title"`
	Currency  models.PriceListCurrency `json:"currency"`
	Discount  *float64                 `json:"discount"`
	ValidFrom models.Date              `json:"valid_from"`
	OwnerID   uuid.UUID                `json:"owner_id"`
	Version   int64                    `json:"version"`
	CreatedAt time.Time                `json:"created_at"`
	UpdatedAt time.Time                `json:"updated_at"`
}

func priceListOutputFrom(item models.PriceList) priceListOutput {
	return priceListOutput{
		ID:        item.ID,
		Title:     item.Title,
		Currency:  item.Currency,
		Discount:  item.Discount,
		ValidFrom: item.ValidFrom,
		OwnerID:   item.OwnerID,
		Version:   item.Version,
		CreatedAt: item.CreatedAt,
		UpdatedAt: item.UpdatedAt,
	}
}

// priceListQuery parses the filter and the page in the query of a request.
func priceListQuery(r *http.Request) (models.PriceListFilter, models.PageRequest, error) {
	query := request.NewQuery(r)
	filter := models.PriceListFilter{
		Currency: request.Param(query, "currency", request.OneOf(models.PriceListCurrencyEur, models.PriceListCurrencyUsd, models.PriceListCurrencyGbp)),
		Title:    request.Param(query, "title", request.Text),
	}
	return filter, query.Page(), query.Err()
}
