package request_test

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"example.com/shop-api/internal/api/request"
)

// parse parses a value in a JSON object.
func parse[T any](body string, parser func(request.Value) (T, error)) (T, error) {
	type holder struct{ value T }
	held, err := request.Decode(post(`{"value":`+body+`}`), func(o *request.Object, in *holder) {
		request.Required(o, "value", &in.value, parser)
	})
	return held.value, err
}

// asJSON returns a JSON string.
func asJSON(text string) string {
	encoded, _ := json.Marshal(text) // never fails
	return string(encoded)
}

// requireParses requires that a parser gives the mapped results for parameters
// and for strings in JSON, and that it rejects texts that are mapped to an empty
// string.
func requireParses[T any](t *testing.T, parser func(request.Value) (T, error), show func(T) string, tests map[string]string) {
	t.Helper()
	for text, want := range tests {
		q := query(url.Values{"value": {text}}.Encode())
		parameter := request.Param(q, "value", parser)
		member, err := parse(asJSON(text), parser)
		if want == "" {
			require.Error(t, q.Err(), text)
			require.Error(t, err, text)
			continue
		}
		require.NoError(t, q.Err(), text)
		require.Equal(t, want, show(*parameter), text)
		require.NoError(t, err, text)
		require.Equal(t, want, show(member), text)
	}
	for _, other := range []string{"1", "true", "[]", `{"x":1}`} {
		_, err := parse(other, parser)
		require.Error(t, err, other)
	}
}

func TestText(t *testing.T) {
	parser := request.Text(2, 3)
	for text, reason := range map[string]string{
		`"äö"`:       "",
		`"äöü"`:      "",
		`" a"`:       "",
		`""`:         "must not be empty",
		`"a"`:        "must be at least 2 characters",
		`"äöüß"`:     "must be at most 3 characters",
		`" \t"`:      "must not be blank",
		`"\u00a0\n"`: "must not be blank",
		`"a\u0000"`:  "must be UTF-8 without U+0000",
		`7`:          "must be a string",
		`["ab"]`:     "must be a string",
	} {
		_, err := parse(text, parser)
		if reason == "" {
			require.NoError(t, err, text)
			continue
		}
		require.Equal(t, map[string]string{"value": reason}, wrong(t, err), text)
	}
	for _, text := range []string{"", " ", strings.Repeat("x", 9)} {
		_, err := parse(asJSON(text), request.Text(0, 9))
		require.NoError(t, err)
	}
}

func TestInteger(t *testing.T) {
	for _, text := range []string{"0", "7", "-125", "9223372036854775807", "-9223372036854775808"} {
		value, err := parse(text, request.Integer)
		require.NoError(t, err, text)
		require.Equal(t, text, strconv.FormatInt(value, 10))
	}
	for _, text := range []string{"-0", "7.0", "0.5", "50e-1", "1e3", "9223372036854775808", `"7"`, "true", "[]"} {
		_, err := parse(text, request.Integer)
		require.Equal(t, map[string]string{"value": "must be a 64-bit integer, without a fraction or an exponent"}, wrong(t, err), text)
	}
}

func TestBool(t *testing.T) {
	for text, want := range map[string]bool{"true": true, "false": false} {
		value, err := parse(text, request.Bool)
		require.NoError(t, err)
		require.Equal(t, want, value)
		require.Equal(t, want, *request.Param(query("x="+text), "x", request.Bool))
	}
	for _, text := range []string{`"true"`, "1", "{}"} {
		_, err := parse(text, request.Bool)
		require.Equal(t, map[string]string{"value": "must be true or false"}, wrong(t, err), text)
	}
	for _, text := range []string{"1", "True", ""} {
		q := query("x=" + text)
		request.Param(q, "x", request.Bool)
		require.Error(t, q.Err(), text)
	}
}

func TestUUID(t *testing.T) {
	requireParses(t, request.UUID, uuid.UUID.String, map[string]string{
		"0191a9c0-7a3e-7c41-b6f5-2f1d3c5b7e90":          "0191a9c0-7a3e-7c41-b6f5-2f1d3c5b7e90",
		"0191A9C0-7A3E-7C41-B6F5-2F1D3C5B7E90":          "",
		"":                                              "",
		"0191a9c07a3e7c41b6f52f1d3c5b7e90":              "",
		"{0191a9c0-7a3e-7c41-b6f5-2f1d3c5b7e90}":        "",
		"urn:uuid:0191a9c0-7a3e-7c41-b6f5-2f1d3c5b7e90": "",
		"0191a9c0-7a3e-7c41-b6f5-2f1d3c5b7e9g":          "",
	})
}

func TestDecimal(t *testing.T) {
	requireParses(t, request.Decimal, decimal.Decimal.String, map[string]string{
		"0":                       "0",
		"-0":                      "0",
		"12.50":                   "12.5",
		"-007.000001":             "-7.000001",
		"999999999999999.999999":  "999999999999999.999999",
		"-999999999999999.999999": "-999999999999999.999999",
		"1000000000000000":        "",
		"0.0000001":               "",
		"1.":                      "",
		".5":                      "",
		"+1":                      "",
		"1e3":                     "",
		"1,5":                     "",
		"1\n":                     "",
		"NaN":                     "",
		"":                        "",
	})
}

func TestDecimalAtLeast(t *testing.T) {
	parser := request.DecimalAtLeast("-0.5", request.Decimal)
	_, err := parse(`"-0.500"`, parser)
	require.NoError(t, err)
	_, err = parse(`"-0.500001"`, parser)
	require.Equal(t, map[string]string{"value": "must be at least -0.5"}, wrong(t, err))
}

func TestOneOf(t *testing.T) {
	type color string
	parser := request.OneOf[color]("red", "blue")

	value, err := parse(`"blue"`, parser)
	require.NoError(t, err)
	require.Equal(t, color("blue"), value)

	for _, text := range []string{`"Blue"`, `""`, "1", "{}"} {
		_, err = parse(text, parser)
		require.Equal(t, map[string]string{"value": "must be one of red, blue"}, wrong(t, err), text)
	}
}
