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

// PriceListService provides the use cases of price lists.
type PriceListService interface {
	Create(ctx context.Context, fields models.PriceListFields) (models.PriceList, error)
	Get(ctx context.Context, id uuid.UUID) (models.PriceList, error)
	List(ctx context.Context, filter models.PriceListFilter, page models.PageRequest) (models.Page[models.PriceList], error)
	Update(ctx context.Context, id uuid.UUID, version int64, fields models.PriceListFields) (models.PriceList, error)
	Delete(ctx context.Context, id uuid.UUID, version int64) error
}

// PriceLists handles /api/v1/price-lists.
type PriceLists struct {
	service PriceListService
}

// NewPriceLists returns the handlers for the price lists of a service.
func NewPriceLists(service PriceListService) *PriceLists {
	return &PriceLists{service: service}
}

// Register adds the routes to a group.
func (h *PriceLists) Register(group *gin.RouterGroup) {
	group.POST("/price-lists", h.create)
	group.GET("/price-lists", h.list)
	group.GET("/price-lists/:id", h.get)
	group.PUT("/price-lists/:id", h.update)
	group.DELETE("/price-lists/:id", h.remove)
}

func (h *PriceLists) create(c *gin.Context) {
	in, err := request.Decode[priceListInput](c.Request)
	if err != nil {
		fail(c, err)
		return
	}
	item, err := h.service.Create(c.Request.Context(), in.fields())
	if err != nil {
		fail(c, err)
		return
	}
	c.Header("Location", "/api/v1/price-lists/"+item.ID.String())
	c.Header("ETag", request.ETag(item.Version))
	c.JSON(http.StatusCreated, priceListOutputFrom(item))
}

func (h *PriceLists) list(c *gin.Context) {
	filter, page, err := priceListQuery(c.Request)
	if err != nil {
		fail(c, err)
		return
	}
	found, err := h.service.List(c.Request.Context(), filter, page)
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, listOf(found, priceListOutputFrom))
}

func (h *PriceLists) get(c *gin.Context) {
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
	c.JSON(http.StatusOK, priceListOutputFrom(item))
}

func (h *PriceLists) update(c *gin.Context) {
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
	in, err := request.Decode[priceListInput](c.Request)
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
	c.JSON(http.StatusOK, priceListOutputFrom(item))
}

func (h *PriceLists) remove(c *gin.Context) {
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
	var out priceListOutput
	out.ID = item.ID
	out.Title = item.Title
	out.Currency = item.Currency
	out.Discount = item.Discount
	out.ValidFrom = item.ValidFrom
	out.OwnerID = item.OwnerID
	out.Version = item.Version
	out.CreatedAt = item.CreatedAt
	out.UpdatedAt = item.UpdatedAt
	return out
}

// priceListQuery parses the filter and the page in the query of a request.
func priceListQuery(r *http.Request) (models.PriceListFilter, models.PageRequest, error) {
	var filter models.PriceListFilter
	query := request.NewQuery(r)
	filter.Currency = request.Param(query, "currency", request.OneOf(models.PriceListCurrencyEur, models.PriceListCurrencyUsd, models.PriceListCurrencyGbp))
	filter.Title = request.Param(query, "title", request.Text)
	return filter, query.Page(), query.Err()
}
