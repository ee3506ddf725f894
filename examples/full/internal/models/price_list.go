package models

import (
	"time"

	"github.com/google/uuid"
)

// PriceList is a price list as stored in the database.
type PriceList struct {
	ID uuid.UUID

	// OwnerID is the user who created it. Other users cannot access it.
	OwnerID uuid.UUID

	// Version starts at 1 and is incremented with each change.
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time

	PriceListFields
}

// PriceListFields contains the fields of a PriceList that clients can set.
// A nil pointer is a field that is not set.
type PriceListFields struct {
	Title     string
	Currency  PriceListCurrency
	Discount  *float64
	ValidFrom Date
}

// PriceListCurrency is the currency of a PriceList.
type PriceListCurrency string

// The values of PriceListCurrency.
const (
	PriceListCurrencyEur PriceListCurrency = "eur"
	PriceListCurrencyUsd PriceListCurrency = "usd"
	PriceListCurrencyGbp PriceListCurrency = "gbp"
)

// PriceListFilter selects price lists by their fields. A nil pointer matches all values.
type PriceListFilter struct {
	Currency *PriceListCurrency
	Title    *string
}

// PriceListQuery selects a page of price lists.
type PriceListQuery struct {
	Scope  Scope
	Filter PriceListFilter
	Ranges PriceListRanges

	Page PageRequest
}

// PriceListRanges selects price lists by bounds of their fields.
type PriceListRanges struct {
	Discount  Bounds[float64]
	ValidFrom Bounds[Date]
	CreatedAt Bounds[time.Time]
	UpdatedAt Bounds[time.Time]
}

// PositionOfPriceList returns the place of a price list in a sorted list.
func PositionOfPriceList(item PriceList, sort PageSort) PagePosition {
	position := PagePosition{ID: item.ID}
	if sort.Field == "valid_from" {
		position.Value = item.ValidFrom
	}
	return position
}
