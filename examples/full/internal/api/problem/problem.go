// Package problem writes error responses as problem details (RFC 9457). It is
// the only place that maps errors to HTTP status codes.
package problem

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"example.com/market-api/internal/api/record"
	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/correlation"
)

// ContentType is the media type of problem responses.
const ContentType = "application/problem+json"

// statusClientGone is logged if the client disconnected before the response. It
// is never sent. It distinguishes these requests from faults of the service.
const statusClientGone = 499

// statuses maps the kinds of application errors to status codes.
var statuses = map[apperr.Kind]int{
	apperr.Internal:        http.StatusInternalServerError,
	apperr.Invalid:         http.StatusUnprocessableEntity,
	apperr.Unauthenticated: http.StatusUnauthorized,
	apperr.Forbidden:       http.StatusForbidden,
	apperr.NotFound:        http.StatusNotFound,
	apperr.Conflict:        http.StatusConflict,
	apperr.Stale:           http.StatusPreconditionFailed,
	apperr.RateLimited:     http.StatusTooManyRequests,
	apperr.Unavailable:     http.StatusServiceUnavailable,
}

// Error is an error at the HTTP level, such as a body that is not valid JSON.
type Error struct {
	Status int
	Detail string
	Fields []apperr.Field

	retryAfter time.Duration
}

// New returns an Error with a status and a detail for the client.
func New(status int, detail string, fields ...apperr.Field) *Error {
	return &Error{Status: status, Detail: detail, Fields: fields}
}

// Error returns the detail.
func (e *Error) Error() string { return e.Detail }

// body is the JSON representation of a problem.
type body struct {
	Type      string  `json:"type"`
	Title     string  `json:"title"`
	Status    int     `json:"status"`
	Detail    string  `json:"detail"`
	Instance  string  `json:"instance"`
	RequestID string  `json:"request_id,omitempty"`
	TraceID   string  `json:"trace_id,omitempty"`
	Errors    []field `json:"errors,omitempty"`
}

type field struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// Write responds to the request with a problem for err, and keeps err for the
// log.
func Write(w http.ResponseWriter, r *http.Request, err error) {
	record.Of(w).Err = err

	failure := describe(r.Context(), err)
	problem := body{
		Type:      "about:blank",
		Title:     title(failure.Status),
		Status:    failure.Status,
		Detail:    failure.Detail,
		Instance:  r.URL.EscapedPath(),
		RequestID: correlation.RequestID(r.Context()),
		TraceID:   correlation.TraceID(r.Context()),
	}
	for _, f := range failure.Fields {
		problem.Errors = append(problem.Errors, field{Field: f.Name, Message: f.Reason})
	}

	header := w.Header()
	header.Set("Content-Type", ContentType)
	switch failure.Status {
	case http.StatusUnauthorized:
		header.Set("WWW-Authenticate", challenge(r))
	case http.StatusRequestEntityTooLarge:
		// The rest of the body is not read, so the connection cannot be reused.
		header.Set("Connection", "close")
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		header.Set("Retry-After", strconv.Itoa(seconds(failure.retryAfter)))
	}
	w.WriteHeader(failure.Status)

	// This only fails if the client has disconnected.
	_ = json.NewEncoder(w).Encode(problem)
}

// describe converts an error to an Error that can be disclosed to the client.
func describe(ctx context.Context, err error) *Error {
	if failure := (*Error)(nil); errors.As(err, &failure) {
		return failure
	}

	kind := apperr.KindOf(err)
	if kind == apperr.Internal || kind == apperr.Unavailable {
		// Failures after the context is done are caused by that.
		switch ctx.Err() {
		case context.Canceled:
			return New(statusClientGone, "the client closed the connection")
		case context.DeadlineExceeded:
			return New(http.StatusServiceUnavailable, "the request took too long, try again later")
		}
	}

	known := (*apperr.Error)(nil)
	if kind == apperr.Internal || !errors.As(err, &known) {
		return New(statuses[kind], "an internal error occurred and has been logged")
	}
	failure := New(statuses[kind], known.Message, known.Fields...)
	failure.retryAfter = known.RetryAfter
	return failure
}

// challenge returns the value of WWW-Authenticate. If the request contained a
// token, it tells the client that the token is invalid (RFC 6750).
func challenge(r *http.Request) string {
	if r.Header.Get("Authorization") == "" {
		return "Bearer"
	}
	return `Bearer error="invalid_token"`
}

// seconds rounds up, so that clients do not retry too early.
func seconds(d time.Duration) int {
	return max(1, int((d+time.Second-1)/time.Second))
}

func title(status int) string {
	if status == statusClientGone {
		return "Client Closed Request"
	}
	return http.StatusText(status)
}
