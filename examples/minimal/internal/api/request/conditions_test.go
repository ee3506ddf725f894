package request_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"example.com/hello-api/internal/api/request"
	"example.com/hello-api/internal/apperr"
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

func TestConditionsOfChanges(t *testing.T) {
	tests := []struct {
		header string
		lines  []string
		allow  bool
	}{
		{"Accept", []string{"*/*"}, true},
		{"If-Match", []string{"*"}, true},
		{"If-Match", []string{`"3"`}, true},
		{"If-Match", []string{`"1", "3"`}, true},
		{"If-Match", []string{`"1","3"`, `"4"`}, true},
		{"If-Match", []string{`"1"`, `"3"`}, true},
		{"If-Match", []string{`, "1",, "3",`}, true},
		{"If-Match", []string{`"a,b", "3"`}, true},
		{"If-Match", []string{`"1"`, `"2"`}, false},
		{"If-Match", []string{`W/"3"`}, false},
		{"If-Match", []string{`""`}, false},
		{"If-Match", []string{`"x"`}, false},
		{"If-Match", []string{`"03"`}, false},
		{"If-Match", []string{`"99999999999999999999"`}, false},
		{"If-None-Match", []string{"*"}, false},
		{"If-None-Match", []string{`"3"`}, false},
		{"If-None-Match", []string{`W/"3"`}, false},
		{"If-None-Match", []string{`"1"`, `"3"`}, false},
		{"If-None-Match", []string{`"1"`, `"2"`}, true},
	}
	for _, test := range tests {
		conditions, err := request.ReadConditions(withHeader(test.header, test.lines...))
		require.NoError(t, err, test.lines)
		require.Equal(t, test.allow, conditions.Allow(3), "%s: %q", test.header, test.lines)

		version, err := conditions.Version(func() (int64, error) { return 3, nil })
		if version == 0 && err == nil {
			require.True(t, test.allow)
			continue
		}
		require.Equal(t, test.allow, err == nil, "%s: %q", test.header, test.lines)
		if err == nil {
			require.EqualValues(t, 3, version)
		}
	}
}

func TestVersionIsOnlyReadIfNecessary(t *testing.T) {
	never := func() (int64, error) {
		t.Error("the version was read")
		return 0, nil
	}
	for given, want := range map[string]int64{"*": 0, `"7"`: 7} {
		conditions, err := request.ReadConditions(withHeader("If-Match", given))
		require.NoError(t, err)
		version, err := conditions.Version(never)
		require.NoError(t, err)
		require.Equal(t, want, version)
	}
}

func TestConditionsOfReads(t *testing.T) {
	for _, lines := range [][]string{{`"3"`}, {`W/"3"`}, {"*"}, {`"1", W/"3"`}, {`"1","3"`}, {` "3" `}, {`"1"`, `"3"`}} {
		conditions, err := request.ReadConditions(withHeader("If-None-Match", lines...))
		require.NoError(t, err)
		modified, err := conditions.Modified(3)
		require.NoError(t, err)
		require.False(t, modified, lines)
	}
	for _, lines := range [][]string{{`"33"`}, {`"1", "2"`}, {`"W/3"`}} {
		conditions, err := request.ReadConditions(withHeader("If-None-Match", lines...))
		require.NoError(t, err)
		modified, err := conditions.Modified(3)
		require.NoError(t, err)
		require.True(t, modified, lines)
	}

	r := withHeader("If-Match", `"2"`)
	r.Header.Set("If-None-Match", `"3"`)
	conditions, err := request.ReadConditions(r)
	require.NoError(t, err)
	_, err = conditions.Modified(3)
	require.Equal(t, apperr.Stale, apperr.KindOf(err), "If-Match is evaluated first")
}

func TestMalformedConditionsAreRejected(t *testing.T) {
	for _, name := range []string{"If-Match", "If-None-Match"} {
		for _, given := range []string{"", ",", "3", "x", `"3`, `3"`, `"3" "4"`, `"3", 4`, `w/"3"`, `"3", *`, `*, "3"`, `**`, `"a b"`} {
			_, err := request.ReadConditions(withHeader(name, given))
			require.Equal(t, []string{name}, wrongParameters(t, err), given)
		}
		_, err := request.ReadConditions(withHeader(name, `"3"`, "4"))
		require.Error(t, err)
	}
}
