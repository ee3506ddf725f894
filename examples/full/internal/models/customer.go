package models

import (
	"time"

	"github.com/google/uuid"
)

// Customer is one customer as it is stored.
type Customer struct {
	ID uuid.UUID

	// OwnerID is the user who created it; nobody else sees it.
	OwnerID uuid.UUID

	// Version counts the changes; it starts at 1.
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time

	CustomerFields
}

// CustomerFields is the part of a Customer that its owner writes.
// A nil pointer is a field that was not given.
type CustomerFields struct {
	Email      string
	Name       string
	Birthday   *Date
	Newsletter bool
}

// CustomerFilter says which customers a list holds. A nil pointer matches all.
type CustomerFilter struct {
	OwnerID uuid.UUID
	Email   *string
}
