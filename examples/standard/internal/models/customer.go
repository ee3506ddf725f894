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
	Email string
	Name  string
}

// CustomerFilter selects customers by their fields. A nil pointer matches all values.
type CustomerFilter struct {
	Email *string
}

// CustomerQuery selects a page of customers.
type CustomerQuery struct {
	Scope  Scope
	Filter CustomerFilter
	Ranges CustomerRanges

	// Search selects customers that contain a text in Name. Case
	// does not matter. The empty text is in all of them.
	Search string

	Page PageRequest
}

// CustomerRanges selects customers by bounds of their fields.
type CustomerRanges struct {
	CreatedAt Bounds[time.Time]
	UpdatedAt Bounds[time.Time]
}

// PositionOfCustomer returns the place of a customer in a sorted list.
func PositionOfCustomer(item Customer, sort PageSort) PagePosition {
	position := PagePosition{ID: item.ID}
	if sort.Field == "name" {
		position.Value = item.Name
	}
	return position
}
