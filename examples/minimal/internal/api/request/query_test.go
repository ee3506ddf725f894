package request_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

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

	require.Equal(t, models.PageRequest{Limit: 20}, q.Page())
	require.NoError(t, q.Err())
}

func TestPageParsesCursor(t *testing.T) {
	id := uuid.New()
	cursor := request.Cursor(id)
	require.NotNil(t, cursor)
	q := query(url.Values{"limit": {"100"}, "cursor": {*cursor}}.Encode())

	require.Equal(t, models.PageRequest{Limit: 100, After: id}, q.Page())
	require.NoError(t, q.Err())
	require.Nil(t, request.Cursor(uuid.Nil))
}

func TestPageRejectsInvalidValues(t *testing.T) {
	for _, raw := range []string{
		"limit=0", "limit=101", "limit=-1", "limit=", "limit=x", "limit=+5", "limit=%2B5", "limit=5.5", "limit=1e9", "limit=%205", "limit=null", "limit=99999999999999999999",
	} {
		q := query(raw)
		q.Page()
		require.Equal(t, []string{"limit"}, wrongParameters(t, q.Err()), raw)
	}
	for _, raw := range []string{
		"cursor=", "cursor=x", "cursor=AAAAAAAAAAAAAAAAAAAAA", "cursor=AAAAAAAAAAAAAAAAAAAAAAA", "cursor=AAAAAAAAAAAAAAAAAAAAA%2B", "cursor=AAAAAAAAAAA%0AAAAAAAAAAAA", "cursor=AAAAAAAAAAAAAAAAAAAAAA%0A", "cursor=AAAAAAAAAAAAAAAAAAAAAA%3D%3D",
	} {
		q := query(raw)
		q.Page()
		require.Equal(t, []string{"cursor"}, wrongParameters(t, q.Err()), raw)
	}
}

func TestQueryRejectsUnknownParameters(t *testing.T) {
	q := query("b=1&a=2&limit=5&limit=6&cursor=x")
	q.Page()

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
