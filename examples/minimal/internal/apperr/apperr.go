// Package apperr holds the kinds of failure that a caller can act on. Every
// other error is Internal: it is logged and never shown to a client.
package apperr

import (
	"context"
	"errors"
	"time"
)

// Kind says what went wrong, in terms of the domain.
type Kind int

// The kinds of failure. The HTTP layer maps each to one status.
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

// Field names one part of the input that was refused, and why.
type Field struct {
	Name   string
	Reason string
}

// Error is a failure that may be shown to the client.
type Error struct {
	Kind    Kind
	Message string
	Fields  []Field

	// RetryAfter is how long the client should wait, if that is known.
	RetryAfter time.Duration

	cause error
}

// New returns an error of a kind with a message for the client.
func New(kind Kind, message string, fields ...Field) *Error {
	return &Error{Kind: kind, Message: message, Fields: fields}
}

// Wrap is New that keeps the cause for the log; the client does not see it.
func Wrap(kind Kind, message string, cause error) *Error {
	return &Error{Kind: kind, Message: message, cause: cause}
}

// Limited returns a RateLimited error for a client that has to wait.
func Limited(message string, retryAfter time.Duration) *Error {
	return &Error{Kind: RateLimited, Message: message, RetryAfter: retryAfter}
}

// Error returns the message, followed by the cause if there is one.
func (e *Error) Error() string {
	if e.cause == nil {
		return e.Message
	}
	return e.Message + ": " + e.cause.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// KindOf returns the kind of the first *Error in err's chain. A deadline that
// passed is Unavailable; anything else is Internal.
func KindOf(err error) Kind {
	if known := (*Error)(nil); errors.As(err, &known) {
		return known.Kind
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return Unavailable
	}
	return Internal
}
