// Package apperr defines the errors that callers can handle. All other errors
// are Internal: they are logged, but not disclosed to clients.
package apperr

import (
	"context"
	"errors"
	"time"
)

// Kind classifies an error in terms of the domain.
type Kind int

// The kinds of errors. The HTTP layer maps each kind to a status code.
const (
	Internal Kind = iota
	Invalid
	Unauthenticated
	Forbidden
	NotFound
	Conflict
	Stale
	RateLimited
	Unavailable
)

// Field is an invalid input field and the reason why it was rejected.
type Field struct {
	Name   string
	Reason string
}

// Error is an error that may be disclosed to the client.
type Error struct {
	Kind    Kind
	Message string
	Fields  []Field

	// RetryAfter is how long the client should wait before it retries, if
	// known.
	RetryAfter time.Duration

	cause error
}

// New returns an error with a message for the client.
func New(kind Kind, message string, fields ...Field) *Error {
	return &Error{Kind: kind, Message: message, Fields: fields}
}

// Wrap is like New, but keeps the cause for the log. The client does not see
// it.
func Wrap(kind Kind, message string, cause error) *Error {
	return &Error{Kind: kind, Message: message, cause: cause}
}

// Limited returns a RateLimited error with the time that the client has to
// wait.
func Limited(message string, retryAfter time.Duration) *Error {
	return &Error{Kind: RateLimited, Message: message, RetryAfter: retryAfter}
}

// Error returns the message and the cause, if any.
func (e *Error) Error() string {
	if e.cause == nil {
		return e.Message
	}
	return e.Message + ": " + e.cause.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// KindOf returns the kind of the first *Error in the chain of err. For
// context.DeadlineExceeded it returns Unavailable, and for any other error
// Internal.
func KindOf(err error) Kind {
	if known := (*Error)(nil); errors.As(err, &known) {
		return known.Kind
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return Unavailable
	}
	return Internal
}
