// Package problem writes error responses as problem details (RFC 9457). It is
// the only place that maps errors to HTTP status codes.
package problem

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strconv"
	"time"

	"example.com/shop-api/internal/api/record"
	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/correlation"
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

// types maps status codes to the types of problems. Clients distinguish
// problems by their types.
var types = map[int]string{
	http.StatusBadRequest:            "malformed",
	http.StatusUnauthorized:          "unauthenticated",
	http.StatusForbidden:             "forbidden",
	http.StatusNotFound:              "not-found",
	http.StatusMethodNotAllowed:      "method-not-allowed",
	http.StatusConflict:              "conflict",
	http.StatusPreconditionFailed:    "stale",
	http.StatusRequestEntityTooLarge: "too-large",
	http.StatusUnsupportedMediaType:  "unsupported-media-type",
	http.StatusUnprocessableEntity:   "validation",
	http.StatusTooManyRequests:       "rate-limited",
	http.StatusInternalServerError:   "internal",
	http.StatusServiceUnavailable:    "unavailable",
}

// timeout is the type of the problem if a request took too long.
const timeout = "timeout"

// Error is an error at the HTTP level, such as a body that is not valid JSON.
type Error struct {
	Status int
	Detail string
	Fields []apperr.Field

	kind       string
	header     http.Header
	retryAfter time.Duration
}

// New returns an Error with a status and a detail for the client.
func New(status int, detail string, fields ...apperr.Field) *Error {
	return &Error{Status: status, Detail: detail, Fields: fields, kind: types[status]}
}

// With adds a header to the response and returns the error.
func (e *Error) With(name, value string) *Error {
	if e.header == nil {
		e.header = http.Header{}
	}
	e.header.Set(name, value)
	return e
}

// Error returns the detail.
func (e *Error) Error() string { return e.Detail }

// uri returns the type as a URI. The type of other statuses is the status itself.
func (e *Error) uri() string {
	if e.kind == "" {
		return "about:blank"
	}
	return "urn:problem:" + e.kind
}

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
		Type:      failure.uri(),
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
	maps.Copy(header, failure.header)
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
			failure := New(http.StatusServiceUnavailable, "the request took too long, try again later")
			failure.kind = timeout
			return failure
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
