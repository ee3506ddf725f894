package request

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"example.com/market-api/internal/api/problem"
	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/models"
)

// The number of items on a page, unless the client asks for fewer or more.
const (
	defaultLimit = 20
	maxLimit     = 100
)

// Query reads the query parameters of a request one by one, and remembers what
// is wrong with them until Err.
type Query struct {
	values url.Values
	wrong  []apperr.Field
	err    error
}

// NewQuery returns the query parameters of a request.
func NewQuery(r *http.Request) *Query {
	values, err := url.ParseQuery(r.URL.RawQuery)
	return &Query{values: values, err: err}
}

// Param reads one parameter; nil means that it was not given.
func Param[T any](q *Query, name string, parse func(string) (T, error)) *T {
	given, ok := q.values[name]
	if !ok {
		return nil
	}
	delete(q.values, name)
	if len(given) > 1 {
		q.wrong = append(q.wrong, apperr.Field{Name: name, Reason: "is given more than once"})
		return nil
	}
	value, err := parse(given[0])
	if err != nil {
		q.wrong = append(q.wrong, apperr.Field{Name: name, Reason: err.Error()})
		return nil
	}
	return &value
}

// Page reads the parameters that choose a page of a list.
func (q *Query) Page() models.PageRequest {
	page := models.PageRequest{Limit: defaultLimit}
	if limit := Param(q, "limit", parseLimit); limit != nil {
		page.Limit = *limit
	}
	if after := Param(q, "cursor", parseCursor); after != nil {
		page.After = *after
	}
	return page
}

// Page reads the query of a list that has no filters.
func Page(r *http.Request) (models.PageRequest, error) {
	query := NewQuery(r)
	return query.Page(), query.Err()
}

// Err returns what is wrong with the parameters. One that nobody has asked for
// is wrong as well: a filter with a typing error must not choose everything.
func (q *Query) Err() error {
	if q.err != nil {
		return problem.New(http.StatusBadRequest, "the query is malformed")
	}
	for name := range q.values {
		q.wrong = append(q.wrong, apperr.Field{Name: name, Reason: "is not a known parameter"})
	}
	if len(q.wrong) == 0 {
		return nil
	}
	slices.SortFunc(q.wrong, func(a, b apperr.Field) int { return strings.Compare(a.Name, b.Name) })
	return problem.New(http.StatusBadRequest, "the query has wrong parameters", q.wrong...)
}

func parseLimit(text string) (int, error) {
	limit, err := Integer(text)
	if err != nil || limit < 1 || limit > maxLimit {
		return 0, errors.New("must be a whole number from 1 to " + strconv.Itoa(maxLimit))
	}
	return int(limit), nil
}

// Cursor returns the cursor for the page after an id; nil for the zero id.
func Cursor(after uuid.UUID) *string {
	if after == uuid.Nil {
		return nil
	}
	return new(base64.RawURLEncoding.EncodeToString(after[:]))
}

func parseCursor(text string) (uuid.UUID, error) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) != len(uuid.Nil) || base64.RawURLEncoding.EncodedLen(len(raw)) != len(text) {
		return uuid.Nil, errors.New("must be a next_cursor that a list has returned")
	}
	return uuid.UUID(raw), nil
}

// OneOf returns the parser of a text that must be one of the values.
func OneOf[T ~string](values ...T) func(string) (T, error) {
	return func(text string) (T, error) {
		if !slices.Contains(values, T(text)) {
			names := make([]string, len(values))
			for i, value := range values {
				names[i] = string(value)
			}
			return "", errors.New("must be one of " + strings.Join(names, ", "))
		}
		return T(text), nil
	}
}
