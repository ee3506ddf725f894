package request_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/api/problem"
	"example.com/shop-api/internal/api/request"
	"example.com/shop-api/internal/apperr"
)

type input struct {
	name string
	note string
}

func readInput(o *request.Object, in *input) {
	request.Required(o, "name", &in.name, request.Text(1, 3))
	request.Required(o, "note", &in.note, request.Text(0, 9))
}

func post(body string, headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func decode(body string) (input, error) {
	return request.Decode(post(body), readInput)
}

// wrong returns the fields in an error and their reasons.
func wrong(t *testing.T, err error) map[string]string {
	t.Helper()
	invalid := (*apperr.Error)(nil)
	require.ErrorAs(t, err, &invalid)
	require.Equal(t, apperr.Invalid, invalid.Kind)
	fields := map[string]string{}
	for _, field := range invalid.Fields {
		fields[field.Name] = field.Reason
	}
	require.Len(t, fields, len(invalid.Fields), "a field is listed twice")
	return fields
}

func requireStatus(t *testing.T, status int, err error) {
	t.Helper()
	refused := (*problem.Error)(nil)
	require.ErrorAs(t, err, &refused)
	require.Equal(t, status, refused.Status)
}

func TestDecodeAcceptsValidBody(t *testing.T) {
	in, err := decode(` {"name" : "\u00e4öü", "note": "\ud83d\ude00 \\ud800"} `)

	require.NoError(t, err)
	require.Equal(t, input{name: "äöü", note: `😀 \ud800`}, in)
}

func TestDecodeReportsInvalidFields(t *testing.T) {
	tests := []struct {
		name   string
		body   string
		fields map[string]string
	}{
		{"missing", `{}`, map[string]string{"name": "is required", "note": "is required"}},
		{"null", `{"name":null,"note":""}`, map[string]string{"name": "is required"}},
		{"another type", `{"name":1,"note":{}}`, map[string]string{"name": "must be a string", "note": "must be a string"}},
		{"unknown", `{"name":"a","note":"","color":{"red":1}}`, map[string]string{"color": "is not a known field"}},
		{"another case", `{"name":"a","note":"","Name":"a"}`, map[string]string{"Name": "is not a known field"}},
		{"twice", `{"name":"a","note":"","name":"b"}`, map[string]string{"name": "is specified more than once"}},
		{"three times", `{"name":"a","note":"","x":1,"x":1,"x":1}`, map[string]string{"x": "is specified more than once"}},
		{"escaped twice", `{"name":"a","note":"","n\u0061me":"b"}`, map[string]string{"name": "is specified more than once"}},
		{"several", `{"name":"","note":true,"x":1}`, map[string]string{"name": "must not be empty", "note": "must be a string", "x": "is not a known field"}},
		{"half of a pair", `{"name":"\ud800","note":"\udc00x"}`, map[string]string{"name": "must be UTF-8 without U+0000", "note": "must be UTF-8 without U+0000"}},
		{"two first halves", `{"name":"\ud83d\ud83d","note":"\ud83d\n"}`, map[string]string{"name": "must be UTF-8 without U+0000", "note": "must be UTF-8 without U+0000"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := decode(test.body)
			require.Equal(t, test.fields, wrong(t, err))
		})
	}
}

func TestDecodeLimitsErrors(t *testing.T) {
	var unknown strings.Builder
	for i := range 50 {
		fmt.Fprintf(&unknown, `,"x%d":1`, i)
	}
	_, err := decode(`{"name":"a","note":""` + unknown.String() + `}`)
	require.Len(t, wrong(t, err), 20)

	_, err = decode(`{"name":"a","note":""` + strings.Repeat(`,"name":"a"`, 50) + `}`)
	require.Empty(t, wrong(t, err))

	_, err = decode(`{"name":"a","note":"","` + strings.Repeat("ä", 10_000) + `":1}`)
	for name := range wrong(t, err) {
		require.Equal(t, strings.Repeat("ä", 50)+"...", name)
	}

	var many strings.Builder
	for i := range 1001 {
		fmt.Fprintf(&many, `,"x%d":1`, i)
	}
	_, err = decode(`{"name":"a"` + many.String() + `}`)
	require.EqualError(t, err, "the body has too many members")
}

func TestDecodeRequiresObject(t *testing.T) {
	for _, body := range []string{`null`, `[]`, `"name"`, `1`, `true`} {
		_, err := decode(body)
		require.Empty(t, wrong(t, err), body)
	}
}

func TestDecodeRejectsInvalidJSON(t *testing.T) {
	for _, body := range []string{``, ` `, `{`, `{"name":"a"}x`, `{"name":"a"}{}`, `{name:"a"}`, `{"name":"` + "\xff" + `"}`, "\ufeff{}", `{"name":"a",}`, `{"name" "a"}`, `{"name":01}`, strings.Repeat("[", 20000)} {
		_, err := decode(body)
		requireStatus(t, http.StatusBadRequest, err)
	}
}

func TestDecodeOfDeepValuesIsCheap(t *testing.T) {
	const (
		levels  = 9990 // the limit of encoding/json is 10000
		largest = 16 << 20
	)
	object := `{"` + strings.Repeat("x", 99) + `":`
	objects := strings.Repeat(object, levels) + "1" + strings.Repeat("}", levels)
	arrays := strings.Repeat("[ ", levels) + strings.Repeat("]", levels)
	for _, body := range []string{`{"name":"a","note":"","x":` + objects + `}`, `{"note":"","name":` + arrays + `}`} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := decode(body)
		runtime.ReadMemStats(&after)

		require.Len(t, wrong(t, err), 1)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(largest))
	}
}

// unreadable is a body that must not be read.
type unreadable struct{ t *testing.T }

func (u unreadable) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, errors.New("connection reset")
}

func (unreadable) Close() error { return nil }

func TestDecodeRequiresJSONContentType(t *testing.T) {
	const body = `{"name":"a","note":""}`
	for _, contentType := range []string{"application/json", "Application/JSON; charset=utf-8", `application/json;charset="UTF-8"`} {
		_, err := request.Decode(post(body, "Content-Type", contentType), readInput)
		require.NoError(t, err, contentType)
	}
	_, err := request.Decode(post(body, "Content-Encoding", "Identity"), readInput)
	require.NoError(t, err)

	for _, headers := range [][]string{
		{"Content-Type", ""}, {"Content-Type", "text/plain"}, {"Content-Type", "application/xml"}, {"Content-Type", "application/jsonp"},
		{"Content-Type", "application/json; charset=latin1"}, {"Content-Type", "application/json;;"}, {"Content-Type", "application/merge-patch+json"},
		{"Content-Encoding", "gzip"}, {"Content-Encoding", ""},
	} {
		r := post(body, headers...)
		r.Body = unreadable{t}
		_, err := request.Decode(r, readInput)
		requireStatus(t, http.StatusUnsupportedMediaType, err)
	}
}

type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

func (brokenBody) Close() error { return nil }

func TestDecodeReportsReadErrors(t *testing.T) {
	large := post(`{"name":"a"}`)
	large.Body = http.MaxBytesReader(httptest.NewRecorder(), large.Body, 5)
	_, err := request.Decode(large, readInput)
	requireStatus(t, http.StatusRequestEntityTooLarge, err)

	broken := post("")
	broken.Body = brokenBody{}
	_, err = request.Decode(broken, readInput)
	requireStatus(t, http.StatusBadRequest, err)
}

type changed struct {
	name string
	note *string
}

func readChanged(o *request.Object, in *changed) {
	request.Required(o, "name", &in.name, request.Text(1, 3))
	request.Optional(o, "note", &in.note, request.Text(0, 9))
}

func TestDecodeTreatsNullAsMissing(t *testing.T) {
	for _, body := range []string{`{"name":"a"}`, `{"name":"a","note":null}`} {
		in, err := request.Decode(post(body), readChanged)
		require.NoError(t, err)
		require.Equal(t, changed{name: "a"}, in)
	}
}

func TestPatch(t *testing.T) {
	tests := []struct {
		body string
		want changed
	}{
		{`{}`, changed{name: "old", note: new("old")}},
		{`{"note":null}`, changed{name: "old"}},
		{`{"name":"new"}`, changed{name: "new", note: new("old")}},
		{`{"name":"new","note":"new"}`, changed{name: "new", note: new("new")}},
	}
	for _, test := range tests {
		patch, err := request.Patch(post(test.body, "Content-Type", "application/merge-patch+json"), readChanged)
		require.NoError(t, err)
		for range 2 {
			old := "old"
			in := changed{name: "old", note: &old}
			require.NoError(t, patch(&in))
			require.Equal(t, test.want, in)
			require.Equal(t, "old", old, "the stored value must not change")
		}
	}
}

func TestPatchKeepsWhatHasADefault(t *testing.T) {
	read := func(o *request.Object, kind *string) {
		request.Default(o, "kind", kind, "usual", request.Text(0, 9))
	}
	for body, want := range map[string]string{`{}`: "special", `{"kind":"new"}`: "new", `{"kind":null}`: "usual"} {
		patch, err := request.Patch(post(body, "Content-Type", "application/merge-patch+json"), read)
		require.NoError(t, err)
		kind := "special"
		require.NoError(t, patch(&kind))
		require.Equal(t, want, kind, body)
	}
}

func TestPatchReportsInvalidFields(t *testing.T) {
	for body, fields := range map[string]map[string]string{
		`{"name":null}`:        {"name": "is required"},
		`{"name":"","x":1}`:    {"name": "must not be empty", "x": "is not a known field"},
		`{"note":1}`:           {"note": "must be a string"},
		`{"note":"","note":0}`: {"note": "is specified more than once"},
	} {
		patch, err := request.Patch(post(body, "Content-Type", "application/merge-patch+json"), readChanged)
		require.NoError(t, err)
		for range 2 {
			require.Equal(t, fields, wrong(t, patch(&changed{name: "old"})))
		}
	}
}

func TestPatchRequiresMergePatch(t *testing.T) {
	for _, contentType := range []string{"application/json", "application/json-patch+json", ""} {
		_, err := request.Patch(post(`{}`, "Content-Type", contentType), readChanged)
		requireStatus(t, http.StatusUnsupportedMediaType, err)
	}
	_, err := request.Patch(post(`[]`, "Content-Type", "application/merge-patch+json"), readChanged)
	require.Empty(t, wrong(t, err))
	_, err = request.Patch(post(`{`, "Content-Type", "application/merge-patch+json"), readChanged)
	requireStatus(t, http.StatusBadRequest, err)
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"name":"a","note":"b"}`, `{"name":"a","note":{"x":"b"}}`, `{"note":[null]}`, `{"name":"a","name":1}`, `[`, `{"name":"\ud800\u"}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		in, err := decode(body)

		// Accepted input must be valid, and rejected input must be reported as
		// an error of the client.
		if err == nil {
			require.NotEmpty(t, in.name)
			require.LessOrEqual(t, len([]rune(in.name)), 3)
			require.NotContains(t, in.name, "\x00")
			return
		}
		if refused := (*problem.Error)(nil); errors.As(err, &refused) {
			require.Equal(t, http.StatusBadRequest, refused.Status)
			return
		}
		require.Equal(t, apperr.Invalid, apperr.KindOf(err))
	})
}

func BenchmarkDecode(b *testing.B) {
	const body = `{"name":"abc","note":"something"}`
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decode(body); err != nil {
			b.Fatal(err)
		}
	}
}
