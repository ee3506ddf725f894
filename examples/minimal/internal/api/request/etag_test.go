package request_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/hello-api/internal/api/request"
)

func withHeader(name string, values ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPut, "/", nil)
	r.Header[http.CanonicalHeaderKey(name)] = values
	return r
}

func TestID(t *testing.T) {
	id := uuid.New()
	read, err := request.ID(id.String())
	require.NoError(t, err)
	require.Equal(t, id, read)

	_, err = request.ID("7")
	require.Equal(t, []string{"id"}, wrongParameters(t, err))
}

func TestIfMatch(t *testing.T) {
	versions := map[string]int64{"*": 0, `"1"`: 1, `"999999999999999999"`: 999999999999999999}
	for given, want := range versions {
		version, err := request.IfMatch(withHeader("If-Match", given))
		require.NoError(t, err, given)
		require.Equal(t, want, version, given)
	}
	version, err := request.IfMatch(withHeader("If-Match"))
	require.NoError(t, err)
	require.Zero(t, version)

	for _, given := range []string{"", "1", "x", `"x"`, `"0"`, `"-1"`, `"01"`, `W/"1"`, `"1", "2"`, `"1000000000000000000"`, `"99999999999999999999"`, `"1`} {
		_, err := request.IfMatch(withHeader("If-Match", given))
		require.Equal(t, []string{"If-Match"}, wrongParameters(t, err), given)
	}
	_, err = request.IfMatch(withHeader("If-Match", `"1"`, `"2"`))
	require.Error(t, err)
}

func TestNoneMatch(t *testing.T) {
	for _, given := range []string{`"3"`, `W/"3"`, "*", `"1", W/"3"`, `"1","3"`, ` "3" `} {
		require.True(t, request.NoneMatch(withHeader("If-None-Match", given), 3), given)
	}
	require.True(t, request.NoneMatch(withHeader("If-None-Match", `"1"`, `"3"`), 3))
	for _, given := range []string{"", "3", `"33"`, `"1", "2"`, "x"} {
		require.False(t, request.NoneMatch(withHeader("If-None-Match", given), 3), given)
	}
	require.False(t, request.NoneMatch(withHeader("If-None-Match"), 3))
}
