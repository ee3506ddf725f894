package models

import "github.com/google/uuid"

// PageRequest selects a page of a list, newest items first.
type PageRequest struct {
	// Limit is the maximum number of items in the page.
	Limit int

	// After is the ID of the last item of the previous page. It is the zero ID
	// for the first page.
	After uuid.UUID
}

// WithOneMore returns a request for one more item, which tells whether there is
// another page.
func (p PageRequest) WithOneMore() PageRequest {
	p.Limit++
	return p
}

// Page is a page of a list.
type Page[T any] struct {
	Items []T

	// Next is the value of After for the next page. It is the zero ID for the
	// last page.
	Next uuid.UUID
}
