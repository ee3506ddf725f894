package request_test

import (
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/hello-api/internal/api/problem"
	"example.com/hello-api/internal/api/request"
	"example.com/hello-api/internal/apperr"
)

type address struct {
	Street *string      `json:"street" validate:"required,min=1"`
	Number *request.Int `json:"number"`
}

type input struct {
	Name    *string      `json:"name" validate:"required,min=1,max=3,text"`
	Amount  *request.Int `json:"amount" validate:"omitnil,min=0,max=9"`
	Ratio   *float64     `json:"ratio"`
	Gift    *bool        `json:"gift"`
	Kind    *string      `json:"kind" validate:"omitnil,oneof=new old"`
	Home    *address     `json:"home"`
	Offices []address    `json:"offices" validate:"dive"`
}

func post(body, contentType string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	return r
}

func decode(body string) (input, error) {
	return request.Decode[input](post(body, "application/json"))
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
	return fields
}

func requireStatus(t *testing.T, status int, err error) {
	t.Helper()
	refused := (*problem.Error)(nil)
	require.ErrorAs(t, err, &refused)
	require.Equal(t, status, refused.Status)
}

func TestDecodeAcceptsValidBody(t *testing.T) {
	in, err := decode(`{"name":"äöü","amount":7.0,"ratio":-1e3,"gift":true,"kind":"old","home":{"street":"a"},"offices":[{"street":"b"}]}`)

	require.NoError(t, err)
	require.Equal(t, "äöü", *in.Name)
	require.EqualValues(t, 7, *in.Amount)
	require.InDelta(t, -1000, *in.Ratio, 0)
	require.True(t, *in.Gift)
	require.Equal(t, "old", *in.Kind)
	require.Equal(t, "a", *in.Home.Street)
	require.Equal(t, "b", *in.Offices[0].Street)
}

func TestDecodeTreatsNullAsMissing(t *testing.T) {
	in, err := decode(`{"name":"a","amount":null,"home":null}`)

	require.NoError(t, err)
	require.Nil(t, in.Amount)
	require.Nil(t, in.Home)
}

func TestDecodeReportsInvalidFields(t *testing.T) {
	tests := []struct {
		name   string
		body   string
		fields map[string]string
	}{
		{"missing", `{}`, map[string]string{"name": "is required"}},
		{"null", `{"name":null}`, map[string]string{"name": "is required"}},
		{"empty", `{"name":""}`, map[string]string{"name": "must not be empty"}},
		{"too long", `{"name":"äöüß"}`, map[string]string{"name": "must be at most 3 characters"}},
		{"U+0000", `{"name":"\u0000"}`, map[string]string{"name": "must be UTF-8 without U+0000"}},
		{"too small", `{"name":"a","amount":-1}`, map[string]string{"amount": "must be at least 0"}},
		{"too large", `{"name":"a","amount":10}`, map[string]string{"amount": "must be at most 9"}},
		{"none of the values", `{"name":"a","kind":"x"}`, map[string]string{"kind": "must be one of new, old"}},
		{"number for string", `{"name":1}`, map[string]string{"name": "must be a string"}},
		{"string for integer", `{"name":"a","amount":"1"}`, map[string]string{"amount": "must be a 64-bit integer"}},
		{"fraction for integer", `{"name":"a","amount":1.5}`, map[string]string{"amount": "must be a 64-bit integer"}},
		{"object for integer", `{"name":"a","amount":{"x":1}}`, map[string]string{"amount": "must be a 64-bit integer"}},
		{"integer that overflows", `{"name":"a","amount":9223372036854775808}`, map[string]string{"amount": "must be a 64-bit integer"}},
		{"number that overflows", `{"name":"a","ratio":1e309}`, map[string]string{"ratio": "must be a number"}},
		{"string for boolean", `{"name":"a","gift":"true"}`, map[string]string{"gift": "must be true or false"}},
		{"integer in an object", `{"name":"a","home":{"street":"b","number":1.5}}`, map[string]string{"home.number": "must be a 64-bit integer"}},
		{"integer in an array", `{"name":"a","offices":[{"street":"b"},{"street":"c","number":"1"}]}`, map[string]string{"offices[1].number": "must be a 64-bit integer"}},
		{"string in an array", `{"name":"a","offices":[{"street":1}]}`, map[string]string{"offices[0].street": "must be a string"}},
		{"several of the wrong type", `{"name":1,"amount":1.5,"gift":null,"x":1}`, map[string]string{"name": "must be a string", "amount": "must be a 64-bit integer", "x": "is not a known field"}},
		{"array for object", `{"name":"a","home":[]}`, map[string]string{"home": "must be an object"}},
		{"object for array", `{"name":"a","offices":{}}`, map[string]string{"offices": "must be an array"}},
		{"unknown", `{"name":"a","color":{"red":1}}`, map[string]string{"color": "is not a known field"}},
		{"another case", `{"Name":"a"}`, map[string]string{"Name": "is not a known field"}},
		{"twice", `{"name":"a","name":"b"}`, map[string]string{"name": "is specified more than once"}},
		{"in an object", `{"name":"a","home":{"street":"","x":1}}`, map[string]string{"home.street": "must not be empty", "home.x": "is not a known field"}},
		{"in an array", `{"name":"a","offices":[{"street":"b"},{"x":[1,{"y":2}]}]}`, map[string]string{"offices[1].street": "is required", "offices[1].x": "is not a known field"}},
		{"several", `{"name":"","amount":10,"x":1}`, map[string]string{"name": "must not be empty", "amount": "must be at most 9", "x": "is not a known field"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := decode(test.body)
			require.Equal(t, test.fields, wrong(t, err))
		})
	}
}

func TestDecodeRequiresObject(t *testing.T) {
	for _, body := range []string{`null`, `[]`, `"name"`, `1`, `true`} {
		_, err := decode(body)
		require.Empty(t, wrong(t, err), body)
	}
}

func TestDecodeRejectsInvalidJSON(t *testing.T) {
	for _, body := range []string{``, ` `, `{`, `{"name":"a"}x`, `{"name":"a"}{}`, `{name:"a"}`, `{"name":"` + "\xff" + `"}`, "\ufeff{}", strings.Repeat("[", 20000)} {
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
	tests := map[string]string{
		"objects in an unknown member": `{"name":"a","x":` + objects + `}`,
		"arrays in an unknown member":  `{"name":"a","x":` + arrays + `}`,
		"objects for a string":         `{"name":` + objects + `}`,
		"objects for an array":         `{"name":"a","offices":` + objects + `}`,
		"arrays in an array":           `{"name":"a","offices":` + arrays + `}`,
		"objects in an object":         `{"name":"a","home":{"street":"b","x":` + objects + `}}`,
	}
	for name, body := range tests {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := decode(body)
			runtime.ReadMemStats(&after)

			require.Len(t, wrong(t, err), 1)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(largest))
		})
	}
}

func TestDecodeRequiresJSONContentType(t *testing.T) {
	for _, contentType := range []string{"application/json", "Application/JSON; charset=utf-8", `application/json;charset="UTF-8"`} {
		_, err := request.Decode[input](post(`{"name":"a"}`, contentType))
		require.NoError(t, err, contentType)
	}
	for _, contentType := range []string{"", "text/plain", "application/xml", "application/json; charset=latin1", "application/json;;", "application/jsonp"} {
		_, err := request.Decode[input](post(`{"name":"a"}`, contentType))
		requireStatus(t, http.StatusUnsupportedMediaType, err)
	}
}

type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

func (brokenBody) Close() error { return nil }

func TestDecodeReportsReadErrors(t *testing.T) {
	large := post(`{"name":"a"}`, "application/json")
	large.Body = http.MaxBytesReader(httptest.NewRecorder(), large.Body, 5)
	_, err := request.Decode[input](large)
	requireStatus(t, http.StatusRequestEntityTooLarge, err)

	broken := post("", "application/json")
	broken.Body = brokenBody{}
	_, err = request.Decode[input](broken)
	requireStatus(t, http.StatusBadRequest, err)
}

func TestIntAcceptsAllNotations(t *testing.T) {
	type number struct {
		N *request.Int `json:"n"`
	}
	right := map[string]int64{
		"0":                        0,
		"-0":                       0,
		"-0.0":                     0,
		"0e99":                     0,
		"7":                        7,
		"7.000":                    7,
		"70e-1":                    7,
		"0.07E+2":                  7,
		"-12.50e1":                 -125,
		"9223372036854775807":      math.MaxInt64,
		"9223372036854775807.0":    math.MaxInt64,
		"-9.223372036854775808e18": math.MinInt64,
	}
	for text, want := range right {
		in, err := request.Decode[number](post(`{"n":`+text+`}`, "application/json"))
		require.NoError(t, err, text)
		require.EqualValues(t, want, *in.N, text)
	}
	for _, text := range []string{"0.5", "1e-1", "1.000000000000000000001", "9223372036854775808", "1e19", "1e999999999", "1e-999999999", "1e99999999999999999999", `"7"`, "true", "[]"} {
		_, err := request.Decode[number](post(`{"n":`+text+`}`, "application/json"))
		require.Equal(t, map[string]string{"n": "must be a 64-bit integer"}, wrong(t, err), text)
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"name":"a","amount":1}`, `{"name":"a","home":{"street":"b"}}`, `{"offices":[{"street":null}]}`, `{"name":"a","name":1}`, `[`, `{"amount":1e5}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		in, err := decode(body)

		// Accepted input must be valid, and rejected input must be reported as
		// an error of the client.
		if err == nil {
			require.NotNil(t, in.Name)
			require.LessOrEqual(t, len([]rune(*in.Name)), 3)
			require.NotContains(t, *in.Name, "\x00")
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
	const body = `{"name":"abc","amount":7,"ratio":0.5,"gift":true,"kind":"new","home":{"street":"a"}}`
	r := post(body, "application/json")
	b.ReportAllocs()
	for b.Loop() {
		r.Body = io.NopCloser(strings.NewReader(body))
		if _, err := request.Decode[input](r); err != nil {
			b.Fatal(err)
		}
	}
}
