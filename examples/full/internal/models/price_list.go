package models

import (
	"time"

	"github.com/google/uuid"
)

// PriceList is one price list as it is stored.
type PriceList struct {
	ID uuid.UUID

	// OwnerID is the user who created it; nobody else sees it.
	OwnerID uuid.UUID

	// Version counts the changes; it starts at 1.
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time

	PriceListFields
}

// PriceListFields is the part of a PriceList that its owner writes.
// A nil pointer is a field that was not given.
type PriceListFields struct {
	Title     string
	Currency  PriceListCurrency
	Discount  *float64
	ValidFrom Date
}

// PriceListCurrency is the currency of a PriceList.
type PriceListCurrency string

// The values that PriceListCurrency may have.
const (
	PriceListCurrencyEur PriceListCurrency = "eur"
	PriceListCurrencyUsd PriceListCurrency = "usd"
	PriceListCurrencyGbp PriceListCurrency = "gbp"
)

// PriceListFilter says which price lists a list holds. A nil pointer matches all.
type PriceListFilter struct {
	OwnerID  uuid.UUID
	Currency *PriceListCurrency
	Title    *string
}
