package models

import (
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// Order is one order as it is stored.
type Order struct {
	ID uuid.UUID

	// OwnerID is the user who created it; nobody else sees it.
	OwnerID uuid.UUID

	// Version counts the changes; it starts at 1.
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time

	OrderFields
}

// OrderFields is the part of an Order that its owner writes.
// A nil pointer is a field that was not given.
type OrderFields struct {
	CustomerID uuid.UUID
	Total      decimal.Decimal
	ItemsCount int64
	Status     OrderStatus
	Note       *string
	PlacedAt   time.Time
}

// OrderStatus is the status of an Order.
type OrderStatus string

// The values that OrderStatus may have.
const (
	OrderStatusNew  OrderStatus = "new"
	OrderStatusPaid OrderStatus = "paid"
	OrderStatusSent OrderStatus = "sent"
)

// OrderFilter says which orders a list holds. A nil pointer matches all.
type OrderFilter struct {
	OwnerID    uuid.UUID
	CustomerID *uuid.UUID
	Status     *OrderStatus
}
