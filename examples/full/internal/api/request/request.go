// Package request reads and validates requests. It accepts only requests that
// conform to the OpenAPI spec.
package request

import (
	"cmp"
	"encoding"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"example.com/market-api/internal/api/problem"
	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/models"
)

const (
	// The default and the maximum number of items on a page.
	defaultLimit = 20
	maxLimit     = 100

	// maxSearch is the maximum number of characters in a text to search for.
	maxSearch = 100
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

// With returns the query with one more parameter, which must not be in it yet.
func (q *Query) With(name, value string) *Query {
	q.values.Add(name, value)
	return q
}

// Bounds parses the parameters with the bounds of a field, such as name[gte].
func Bounds[T any](q *Query, name string, parse func(Value) (T, error)) models.Bounds[T] {
	return models.Bounds[T]{
		AtLeast: Param(q, name+"[gte]", parse),
		Above:   Param(q, name+"[gt]", parse),
		AtMost:  Param(q, name+"[lte]", parse),
		Below:   Param(q, name+"[lt]", parse),
	}
}

// Search parses the parameter with a text to search for.
func (q *Query) Search() string {
	if text := Param(q, "q", Text(1, maxSearch)); text != nil {
		return *text
	}
	return ""
}

// Sorts are the fields that a list can be sorted by, with parsers of their
// values in cursors. In addition, all lists can be sorted by created_at.
type Sorts map[string]func(Value) (any, error)

// Sortable converts a parser to one for Sorts.
func Sortable[T any](parse func(Value) (T, error)) func(Value) (any, error) {
	return func(v Value) (any, error) { return parse(v) }
}

// SortedPage parses the parameters that select a page of a sorted list.
func (q *Query) SortedPage(sorts Sorts) models.PageRequest {
	var page models.PageRequest
	if sort := Param(q, "sort", sorts.parse); sort != nil {
		page.Sort = *sort
	}
	if total := Param(q, "total", Bool); total != nil {
		page.Total = *total
	}
	return q.page(page, sorts)
}

// Page parses the query of a list that is not sorted or filtered.
func Page(r *http.Request) (models.PageRequest, error) {
	query := NewQuery(r)
	return query.page(models.PageRequest{}, nil), query.Err()
}

// page parses the parameters that select a page of a list in a given order.
func (q *Query) page(page models.PageRequest, sorts Sorts) models.PageRequest {
	page.Limit = defaultLimit
	if limit := Param(q, "limit", parseLimit); limit != nil {
		page.Limit = *limit
	}
	page.After = Param(q, "cursor", func(v Value) (models.PagePosition, error) {
		return parseCursor(v, page.Sort, sorts)
	})
	return page
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

// byCreation is the name of the order by ID.
const byCreation = "created_at"

func (s Sorts) parse(v Value) (models.PageSort, error) {
	name, descending := strings.CutPrefix(v.text, "-")
	if name == byCreation {
		return models.PageSort{Ascending: !descending}, nil
	}
	if s[name] == nil {
		known := append(slices.Sorted(maps.Keys(s)), byCreation)
		return models.PageSort{}, errors.New("must be one of " + strings.Join(known, ", ") + ", with a minus sign before it for descending order")
	}
	return models.PageSort{Field: name, Ascending: !descending}, nil
}

// Cursor returns the cursor for the page after a position, or nil if there is no
// position. It consists of the ID and, unless the order is the default, the
// order and the value that the list is sorted by.
func Cursor(sort models.PageSort, after *models.PagePosition) *string {
	if after == nil {
		return nil
	}
	raw := slices.Clone(after.ID[:])
	if sort != (models.PageSort{}) {
		raw = append(raw, orderOf(sort)...)
	}
	if sort.Field != "" {
		raw = append(raw, "="+textOf(after.Value)...)
	}
	return new(base64.RawURLEncoding.EncodeToString(raw))
}

// orderOf returns the value of the sort parameter.
func orderOf(sort models.PageSort) string {
	name := cmp.Or(sort.Field, byCreation)
	if sort.Ascending {
		return name
	}
	return "-" + name
}

// textOf returns a value in a form that the parsers of this package accept.
func textOf(value any) string {
	if marshaler, ok := value.(encoding.TextMarshaler); ok {
		text, err := marshaler.MarshalText()
		if err == nil {
			return string(text)
		}
	}
	return fmt.Sprint(value)
}

// parseCursor parses a cursor of a list in the same order.
func parseCursor(v Value, sort models.PageSort, sorts Sorts) (models.PagePosition, error) {
	var after models.PagePosition
	raw, err := base64.RawURLEncoding.DecodeString(v.text)
	if err == nil && len(raw) >= len(after.ID) {
		after.ID = uuid.UUID(raw[:len(after.ID)])
		if parse := sorts[sort.Field]; parse != nil {
			_, text, _ := strings.Cut(string(raw[len(after.ID):]), "=")
			after.Value, err = parse(Value{text: text})
		}
	}
	if err != nil || v.text != *Cursor(sort, &after) {
		return models.PagePosition{}, errors.New("must be the next_cursor of a previous page in the same order")
	}
	return after, nil
}

// ID parses the ID in the path of a request.
func ID(given string) (uuid.UUID, error) {
	id, err := UUID(Value{text: given})
	if err != nil {
		return uuid.Nil, problem.New(http.StatusBadRequest, "the path is malformed", apperr.Field{Name: "id", Reason: err.Error()})
	}
	return id, nil
}

// ETag returns the entity tag of a version.
func ETag(version int64) string {
	return `"` + strconv.FormatInt(version, 10) + `"`
}

// Conditions are the conditions of a request: it applies only to some versions
// of an item (RFC 9110, section 13).
type Conditions struct {
	match     tags
	noneMatch tags
}

// tags is the value of a header with entity tags. It is the zero value if the
// request does not have the header.
type tags struct {
	// any is set if the value is *.
	any  bool
	list []string
}

// ReadConditions parses the headers If-Match and If-None-Match of a request.
func ReadConditions(r *http.Request) (Conditions, error) {
	match, err := readTags(r, "If-Match")
	if err != nil {
		return Conditions{}, err
	}
	noneMatch, err := readTags(r, "If-None-Match")
	if err != nil {
		return Conditions{}, err
	}
	return Conditions{match: match, noneMatch: noneMatch}, nil
}

// Allow reports whether a version can be changed.
func (c Conditions) Allow(version int64) bool {
	return c.matches(version) && !c.noneMatch.contain(version, true)
}

// Version returns the version that a change of an item must find, or 0 for any
// version. It reads the current version only if the conditions require that. If
// they do not allow any change, it returns apperr.Stale.
func (c Conditions) Version(current func() (int64, error)) (int64, error) {
	if !c.noneMatch.any && c.noneMatch.list == nil {
		if c.match.any || c.match.list == nil {
			return 0, nil
		}
		if len(c.match.list) == 1 {
			version, err := strconv.ParseInt(strings.Trim(c.match.list[0], `"`), 10, 64)
			if err == nil && version > 0 && c.matches(version) {
				return version, nil
			}
		}
	}
	version, err := current()
	if err != nil {
		return 0, err
	}
	if !c.Allow(version) {
		return 0, errStale()
	}
	return version, nil
}

func errStale() error {
	return apperr.New(apperr.Stale, "the resource has changed since you read it")
}

// Modified reports whether the response to a GET request needs a body. It
// returns apperr.Stale if If-Match does not match the version.
func (c Conditions) Modified(version int64) (bool, error) {
	if !c.matches(version) {
		return false, errStale()
	}
	return !c.noneMatch.contain(version, true), nil
}

// matches reports whether If-Match matches a version. A weak tag never does.
func (c Conditions) matches(version int64) bool {
	return !c.match.any && c.match.list == nil || c.match.contain(version, false)
}

func (t tags) contain(version int64, weak bool) bool {
	tag := ETag(version)
	return t.any || slices.Contains(t.list, tag) || weak && slices.Contains(t.list, "W/"+tag)
}

// entityTag matches an entity tag at the start of a text.
var entityTag = regexp.MustCompile(`^(W/)?"[^"\x00-\x20\x7f]*"`)

// readTags parses all lines of a header.
func readTags(r *http.Request, name string) (tags, error) {
	lines := r.Header.Values(name)
	if len(lines) == 0 {
		return tags{}, nil
	}
	rest := strings.Join(lines, ",")
	if strings.Trim(rest, " \t") == "*" {
		return tags{any: true}, nil
	}

	// A list can contain empty elements.
	const separators = " \t,"
	var list []string
	for rest = strings.TrimLeft(rest, separators); rest != ""; rest = strings.TrimLeft(rest, separators) {
		tag := entityTag.FindString(rest)
		rest = strings.TrimLeft(rest[len(tag):], " \t")
		if tag == "" || rest != "" && rest[0] != ',' {
			list = nil
			break
		}
		list = append(list, tag)
	}
	if list == nil {
		return tags{}, problem.New(http.StatusBadRequest, "a header is malformed", apperr.Field{Name: name, Reason: `must be * or a list of ETags such as "1"`})
	}
	return tags{list: list}, nil
}
