package request_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/hello-api/internal/api/problem"
	"example.com/hello-api/internal/api/request"
	"example.com/hello-api/internal/models"
)

func query(raw string) *request.Query {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.URL.RawQuery = raw
	return request.NewQuery(r)
}

// wrongParameters returns the names of the parameters in an error.
func wrongParameters(t *testing.T, err error) []string {
	t.Helper()
	refused := (*problem.Error)(nil)
	require.ErrorAs(t, err, &refused)
	require.Equal(t, http.StatusBadRequest, refused.Status)
	names := []string{}
	for _, field := range refused.Fields {
		names = append(names, field.Name)
	}
	return names
}

func TestPageHasDefaults(t *testing.T) {
	q := query("")

	require.Equal(t, models.PageRequest{Limit: 20}, q.SortedPage(nil))
	require.NoError(t, q.Err())
}

// sorts are the fields that the lists of these tests can be sorted by.
var sorts = request.Sorts{"name": request.Sortable(request.String), "count": request.Sortable(request.Integer), "at": request.Sortable(request.Time)}

func TestCursorContinuesInOrder(t *testing.T) {
	id := uuid.New()
	for order, after := range map[string]models.PagePosition{
		"":            {ID: id},
		"-created_at": {ID: id},
		"created_at":  {ID: id},
		"name":        {ID: id, Value: "Zoë = -count"},
		"-name":       {ID: id, Value: ""},
		"-count":      {ID: id, Value: int64(-7)},
		"at":          {ID: id, Value: time.Date(9999, time.December, 31, 23, 59, 59, 123456000, time.UTC)},
	} {
		values := url.Values{"limit": {"100"}}
		if order != "" {
			values.Set("sort", order)
		}
		first := query(values.Encode()).SortedPage(sorts)
		values.Set("cursor", *request.Cursor(first.Sort, &after))
		q := query(values.Encode())
		require.Equal(t, models.PageRequest{Limit: 100, Sort: first.Sort, After: &after}, q.SortedPage(sorts), order)
		require.NoError(t, q.Err())

		for _, other := range []string{"created_at", "-created_at", "name", "-name", "count", "-count"} {
			if other == order || order == "" && other == "-created_at" {
				continue
			}
			values.Set("sort", other)
			q := query(values.Encode())
			q.SortedPage(sorts)
			require.Equal(t, []string{"cursor"}, wrongParameters(t, q.Err()), "%s, not %s", other, order)
		}
	}
	require.Nil(t, request.Cursor(models.PageSort{}, nil))
}

func TestSortedPageParsesOrder(t *testing.T) {
	for order, expected := range map[string]models.PageSort{
		"-created_at": {},
		"created_at":  {Ascending: true},
		"name":        {Field: "name", Ascending: true},
		"-count":      {Field: "count"},
	} {
		q := query("total=true&sort=" + order)
		require.Equal(t, models.PageRequest{Limit: 20, Sort: expected, Total: true}, q.SortedPage(sorts))
		require.NoError(t, q.Err())
	}
	for _, order := range []string{"", "-", "--name", "+name", "Name", "id", "name,count", "-other"} {
		q := query(url.Values{"sort": {order}}.Encode())
		q.SortedPage(sorts)
		require.Equal(t, []string{"sort"}, wrongParameters(t, q.Err()), order)
	}
}

func TestPageOfUnsortedList(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/?limit=7", nil)
	page, err := request.Page(r)
	require.NoError(t, err)
	require.Equal(t, models.PageRequest{Limit: 7}, page)

	_, err = request.Page(httptest.NewRequest(http.MethodGet, "/?sort=created_at&total=true", nil))
	require.Equal(t, []string{"sort", "total"}, wrongParameters(t, err))
}

func TestBounds(t *testing.T) {
	q := query("n[gte]=1&n[gt]=2&n%5Blte%5D=3&n[lt]=4")
	require.Equal(t, models.Bounds[int64]{AtLeast: new(int64(1)), Above: new(int64(2)), AtMost: new(int64(3)), Below: new(int64(4))}, request.Bounds(q, "n", request.Integer))
	require.NoError(t, q.Err())

	q = query("n[gte]=x&n[lt]=1&n[lt]=2&n[ne]=1&n=1")
	request.Bounds(q, "n", request.Integer)
	require.Equal(t, []string{"n", "n[gte]", "n[lt]", "n[ne]"}, wrongParameters(t, q.Err()))
}

func TestSearch(t *testing.T) {
	q := query("q=%25a")
	require.Equal(t, "%a", q.Search())
	require.NoError(t, q.Err())
	require.Empty(t, query("").Search())

	for _, text := range []string{"", " ", "\x00", strings.Repeat("x", 101)} {
		q := query(url.Values{"q": {text}}.Encode())
		q.Search()
		require.Equal(t, []string{"q"}, wrongParameters(t, q.Err()), text)
	}
}

func TestWithAddsParameter(t *testing.T) {
	q := query("").With("name", "x")
	require.Equal(t, "x", *request.Param(q, "name", request.String))
	require.NoError(t, q.Err())

	q = query("name=y").With("name", "x")
	request.Param(q, "name", request.String)
	require.Equal(t, []string{"name"}, wrongParameters(t, q.Err()))
}

func TestPageRejectsInvalidValues(t *testing.T) {
	for _, raw := range []string{
		"limit=0", "limit=101", "limit=-1", "limit=", "limit=x", "limit=+5", "limit=%2B5", "limit=5.5", "limit=1e9", "limit=%205", "limit=null", "limit=99999999999999999999",
	} {
		q := query(raw)
		q.SortedPage(nil)
		require.Equal(t, []string{"limit"}, wrongParameters(t, q.Err()), raw)
	}
	for _, raw := range []string{
		"cursor=", "cursor=x", "cursor=AAAAAAAAAAAAAAAAAAAAA", "cursor=AAAAAAAAAAAAAAAAAAAAAAA", "cursor=AAAAAAAAAAAAAAAAAAAAA%2B", "cursor=AAAAAAAAAAA%0AAAAAAAAAAAA", "cursor=AAAAAAAAAAAAAAAAAAAAAA%0A", "cursor=AAAAAAAAAAAAAAAAAAAAAA%3D%3D",
	} {
		q := query(raw)
		q.SortedPage(nil)
		require.Equal(t, []string{"cursor"}, wrongParameters(t, q.Err()), raw)
	}
}

func TestQueryRejectsUnknownParameters(t *testing.T) {
	q := query("b=1&a=2&limit=5&limit=6&cursor=x")
	q.SortedPage(nil)

	require.Equal(t, []string{"a", "b", "cursor", "limit"}, wrongParameters(t, q.Err()))
}

func TestQueryRejectsMalformedQuery(t *testing.T) {
	for _, raw := range []string{"a=%zz", "a;b"} {
		require.Empty(t, wrongParameters(t, query(raw).Err()), raw)
	}
}

func TestQueryLimitsErrors(t *testing.T) {
	values := url.Values{}
	for i := range 50 {
		values.Set(fmt.Sprintf("x%d", i), "1")
	}
	require.Len(t, wrongParameters(t, query(values.Encode()).Err()), 20)
}

func TestParam(t *testing.T) {
	q := query("name=a%20b&empty=")

	require.Equal(t, "a b", *request.Param(q, "name", request.String))
	require.Empty(t, *request.Param(q, "empty", request.String))
	require.Nil(t, request.Param(q, "other", request.String))
	require.NoError(t, q.Err())
}

func TestParamReturnsErrorOfParser(t *testing.T) {
	q := query("nul=%00&utf8=%ff&int=1.5&null=null")
	request.Param(q, "nul", request.String)
	request.Param(q, "utf8", request.String)
	request.Param(q, "int", request.Integer)
	request.Param(q, "null", request.Integer)

	require.Equal(t, []string{"int", "nul", "null", "utf8"}, wrongParameters(t, q.Err()))
}
