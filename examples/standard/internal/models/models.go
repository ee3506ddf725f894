// Package models defines the domain types, which the layers of the service
// exchange. It does not depend on HTTP or on a database.
package models

import (
	"time"

	"github.com/google/uuid"
)

// Scope selects whose objects an operation can access.
type Scope struct {
	// Owner is the ID of a user.
	Owner uuid.UUID

	// All includes the objects of all users. It is meant for admins.
	All bool
}

// Includes reports whether the objects of a user are in the scope.
func (s Scope) Includes(owner uuid.UUID) bool {
	return s.All || s.Owner == owner
}

// The roles of users.
const (
	RoleUser = "user"

	// RoleAdmin may access the data of all users.
	RoleAdmin = "admin"
)

// PageRequest selects a page of a list.
type PageRequest struct {
	// Limit is the maximum number of items in the page.
	Limit int

	Sort PageSort

	// After is the position of the last item of the previous page. It is nil for
	// the first page.
	After *PagePosition

	// Total requests the number of items on all pages.
	Total bool
}

// WithOneMore returns a request for one more item, which tells whether there is
// another page.
func (p PageRequest) WithOneMore() PageRequest {
	p.Limit++
	return p
}

// PageSort is the order of a list. The zero value is the newest item first.
type PageSort struct {
	// Field is the name of a field. Items with the same value are sorted by ID. If
	// it is empty, all items are sorted by ID. An ID starts with the time at which
	// it was generated.
	Field string

	Ascending bool
}

// PagePosition is the place of an item in a list.
type PagePosition struct {
	// Value is the value of the field that the list is sorted by, if there is one.
	Value any

	ID uuid.UUID
}

// Page is a page of a list.
type Page[T any] struct {
	Items []T

	// Next is the value of After for the next page. It is nil for the last page.
	Next *PagePosition

	// Total is the number of items on all pages, if it was requested.
	Total *int64
}

// Bounds selects the values between two bounds. A nil bound does not restrict
// them.
type Bounds[T any] struct {
	AtLeast *T
	Above   *T
	AtMost  *T
	Below   *T
}

// TimePrecision is the precision of times in PostgreSQL.
const TimePrecision = time.Microsecond

// StoredTime returns a time in the form in which repositories return it: in UTC
// and with their precision.
func StoredTime(t time.Time) time.Time {
	return t.UTC().Truncate(TimePrecision)
}
