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
	fields, err := request.Decode(c.Request, readPriceList)
	if err != nil {
		return err
	}
	item, err := h.service.Create(c.Request.Context(), fields)
	if err != nil {
		return err
	}
	c.Header("Location", "/api/v1/price-lists/"+item.ID.String())
	setVersion(c.Writer.Header(), item.Version)
	c.JSON(http.StatusCreated, priceListOutputFrom(item))
	return nil
}

// List returns a page of price lists.
func (h *PriceLists) List(c *gin.Context) error {
	return h.list(c, request.NewQuery(c.Request))
}

func (h *PriceLists) list(c *gin.Context, params *request.Query) error {
	query, err := priceListQuery(params)
	if err != nil {
		return err
	}
	found, err := h.service.List(c.Request.Context(), query)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, listOf(found, query.Page.Sort, priceListOutputFrom))
	return nil
}

// Get returns one price list.
func (h *PriceLists) Get(c *gin.Context) error {
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
	c.JSON(http.StatusOK, priceListOutputFrom(item))
	return nil
}

// Replace replaces the fields of one price list.
func (h *PriceLists) Replace(c *gin.Context) error {
	id, err := request.ID(c.Param("id"))
	if err != nil {
		return err
	}
	conditions, err := request.ReadConditions(c.Request)
	if err != nil {
		return err
	}
	fields, err := request.Decode(c.Request, readPriceList)
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
	c.JSON(http.StatusOK, priceListOutputFrom(item))
	return nil
}

// Patch changes some fields of one price list.
func (h *PriceLists) Patch(c *gin.Context) error {
	id, err := request.ID(c.Param("id"))
	if err != nil {
		return err
	}
	conditions, err := request.ReadConditions(c.Request)
	if err != nil {
		return err
	}
	patch, err := request.Patch(c.Request, readPriceList)
	if err != nil {
		return err
	}
	item, err := h.service.Change(c.Request.Context(), id, conditions.Allow, patch)
	if err != nil {
		return err
	}
	setVersion(c.Writer.Header(), item.Version)
	c.JSON(http.StatusOK, priceListOutputFrom(item))
	return nil
}

// Delete deletes one price list.
func (h *PriceLists) Delete(c *gin.Context) error {
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

// readPriceList reads the fields of a price list from the body of a request.
func readPriceList(o *request.Object, fields *models.PriceListFields) {
	request.Required(o, "title", &fields.Title, request.Text(1, 80))
	request.Required(o, "currency", &fields.Currency, request.OneOf(models.PriceListCurrencyEur, models.PriceListCurrencyUsd, models.PriceListCurrencyGbp))
	request.Optional(o, "discount", &fields.Discount, request.AtMost(1, request.AtLeast(0, request.Number)))
	request.Required(o, "valid_from", &fields.ValidFrom, request.Date)
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

// priceListSorts are the fields that price lists can be sorted by.
var priceListSorts = request.Sorts{
	"valid_from": request.Sortable(request.Date),
}

// priceListQuery parses the parameters of a list.
func priceListQuery(params *request.Query) (models.PriceListQuery, error) {
	query := models.PriceListQuery{
		Filter: models.PriceListFilter{
			Currency: request.Param(params, "currency", request.OneOf(models.PriceListCurrencyEur, models.PriceListCurrencyUsd, models.PriceListCurrencyGbp)),
			Title:    request.Param(params, "title", request.String),
		},
		Ranges: models.PriceListRanges{
			Discount:  request.Bounds(params, "discount", request.Number),
			ValidFrom: request.Bounds(params, "valid_from", request.Date),
			CreatedAt: request.Bounds(params, "created_at", request.Time),
			UpdatedAt: request.Bounds(params, "updated_at", request.Time),
		},
		Page: params.SortedPage(priceListSorts),
	}
	return query, params.Err()
}
