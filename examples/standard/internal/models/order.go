package models

import (
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// Order is an order as stored in the database.
type Order struct {
	ID uuid.UUID

	// OwnerID is the user who created it. Other users cannot access it.
	OwnerID uuid.UUID

	// Version starts at 1 and is incremented with each change.
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time

	OrderFields
}

// OrderFields contains the fields of an Order that clients can set.
// A nil pointer is a field that is not set.
type OrderFields struct {
	CustomerID  uuid.UUID
	InvoiceToID *uuid.UUID
	Total       decimal.Decimal
	Status      OrderStatus
	Note        *string
}

// OrderStatus is the status of an Order.
type OrderStatus string

// The values of OrderStatus.
const (
	OrderStatusNew  OrderStatus = "new"
	OrderStatusPaid OrderStatus = "paid"
	OrderStatusSent OrderStatus = "sent"
)

// OrderFilter selects orders by their fields. A nil pointer matches all values.
type OrderFilter struct {
	Status      *OrderStatus
	CustomerID  *uuid.UUID
	InvoiceToID *uuid.UUID
}

// OrderQuery selects a page of orders.
type OrderQuery struct {
	Scope  Scope
	Filter OrderFilter
	Ranges OrderRanges

	// Search selects orders that contain a text in Note. Case
	// does not matter. The empty text is in all of them.
	Search string

	Page PageRequest
}

// OrderRanges selects orders by bounds of their fields.
type OrderRanges struct {
	Total     Bounds[decimal.Decimal]
	CreatedAt Bounds[time.Time]
	UpdatedAt Bounds[time.Time]
}

// PositionOfOrder returns the place of an order in a sorted list.
func PositionOfOrder(item Order, sort PageSort) PagePosition {
	position := PagePosition{ID: item.ID}
	if sort.Field == "total" {
		position.Value = item.Total
	}
	return position
}
