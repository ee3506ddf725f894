package models

import (
	"time"

	"github.com/google/uuid"
)

// Customer is a customer as stored in the database.
type Customer struct {
	ID uuid.UUID

	// OwnerID is the user who created it. Other users cannot access it.
	OwnerID uuid.UUID

	// Version starts at 1 and is incremented with each change.
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time

	CustomerFields
}

// CustomerFields contains the fields of a Customer that clients can set.
// A nil pointer is a field that is not set.
type CustomerFields struct {
	Email      string
	Name       string
	Birthday   *Date
	Newsletter bool
}

// CustomerFilter selects customers by their fields. A nil pointer matches all values.
type CustomerFilter struct {
	Email *string
}

// CustomerQuery selects a page of customers.
type CustomerQuery struct {
	Scope  Scope
	Filter CustomerFilter
	Page   PageRequest
}
