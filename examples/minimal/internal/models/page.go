package models

import "github.com/google/uuid"

// PageRequest asks for one page of a list, newest first.
type PageRequest struct {
	// Limit is the most items that the page may hold.
	Limit int

	// After is the id of the last item already seen; the zero id asks for the
	// first page.
	After uuid.UUID
}

// Page is one page of a list.
type Page[T any] struct {
	Items []T

	// Next is the id to ask After for the next page; the zero id ends the list.
	Next uuid.UUID
}
