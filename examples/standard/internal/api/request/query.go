package request

import (
	"encoding/base64"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"example.com/shop-api/internal/api/problem"
	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/models"
)

// The default and the maximum number of items on a page.
const (
	defaultLimit = 20
	maxLimit     = 100
)

// Query parses the query parameters of a request. It collects errors, which Err
// returns.
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

// Param parses a query parameter. It returns nil if the parameter is not
// present.
func Param[T any](q *Query, name string, parse func(Value) (T, error)) *T {
	given, ok := q.values[name]
	if !ok {
		return nil
	}
	delete(q.values, name)
	if len(given) > 1 {
		q.wrong = report(q.wrong, name, "is specified more than once")
		return nil
	}
	value, err := parse(Value{text: given[0]})
	if err != nil {
		q.wrong = report(q.wrong, name, err.Error())
		return nil
	}
	return &value
}

// Page parses the parameters that select a page of a list.
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

// Page parses the query of a list without filters.
func Page(r *http.Request) (models.PageRequest, error) {
	query := NewQuery(r)
	return query.Page(), query.Err()
}

// Err returns the errors of the parameters. Unknown parameters are errors too,
// so that a misspelled filter does not select everything.
func (q *Query) Err() error {
	if q.err != nil {
		return problem.New(http.StatusBadRequest, "the query is malformed")
	}
	for _, name := range slices.Sorted(maps.Keys(q.values)) {
		q.wrong = report(q.wrong, name, "is not a known parameter")
	}
	if len(q.wrong) == 0 {
		return nil
	}
	slices.SortFunc(q.wrong, func(a, b apperr.Field) int { return strings.Compare(a.Name, b.Name) })
	return problem.New(http.StatusBadRequest, "the query has invalid parameters", q.wrong...)
}

func parseLimit(v Value) (int, error) {
	limit, err := Integer(v)
	if err != nil || limit < 1 || limit > maxLimit {
		return 0, errors.New("must be an integer from 1 to " + strconv.Itoa(maxLimit))
	}
	return int(limit), nil
}

// Cursor returns the cursor for the page after an ID. It returns nil for the
// zero ID.
func Cursor(after uuid.UUID) *string {
	if after == uuid.Nil {
		return nil
	}
	return new(base64.RawURLEncoding.EncodeToString(after[:]))
}

func parseCursor(v Value) (uuid.UUID, error) {
	raw, err := base64.RawURLEncoding.DecodeString(v.text)
	if err != nil || len(raw) != len(uuid.Nil) || base64.RawURLEncoding.EncodeToString(raw) != v.text {
		return uuid.Nil, errors.New("must be the next_cursor of a previous page")
	}
	return uuid.UUID(raw), nil
}
