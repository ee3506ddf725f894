package request_test

import (
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

func TestParam(t *testing.T) {
	q := query("name=a%20b&empty=")

	require.Equal(t, "a b", *request.Param(q, "name", request.Text))
	require.Empty(t, *request.Param(q, "empty", request.Text))
	require.Nil(t, request.Param(q, "other", request.Text))
	require.NoError(t, q.Err())
}

func TestParamReturnsErrorOfParser(t *testing.T) {
	q := query("nul=%00&utf8=%ff&int=1.5&float=NaN&bool=1&blank=%201&empty=&null=null")
	request.Param(q, "nul", request.Text)
	request.Param(q, "utf8", request.Text)
	request.Param(q, "int", request.Integer)
	request.Param(q, "float", request.Literal[float64])
	request.Param(q, "bool", request.Literal[bool])
	request.Param(q, "blank", request.Literal[float64])
	request.Param(q, "empty", request.Literal[bool])
	request.Param(q, "null", request.Integer)

	require.Equal(t, []string{"blank", "bool", "empty", "float", "int", "nul", "null", "utf8"}, wrongParameters(t, q.Err()))
}

func TestOneOf(t *testing.T) {
	type color string
	parse := request.OneOf[color]("red", "blue")

	value, err := parse("blue")
	require.NoError(t, err)
	require.Equal(t, color("blue"), value)

	_, err = parse("Blue")
	require.EqualError(t, err, "must be one of red, blue")
}
