package request_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/api/request"
	"example.com/market-api/internal/models"
)

// requireParses requires that a parser gives the mapped results, and that it
// rejects texts that are mapped to an empty string.
func requireParses[T any](t *testing.T, parse func(string) (T, error), show func(T) string, tests map[string]string) {
	t.Helper()
	for text, want := range tests {
		value, err := parse(text)
		if want == "" {
			require.Error(t, err, text)
			continue
		}
		require.NoError(t, err, text)
		require.Equal(t, want, show(value), text)
	}
}

func TestUUID(t *testing.T) {
	requireParses(t, request.UUID, uuid.UUID.String, map[string]string{
		"0191a9c0-7a3e-7c41-b6f5-2f1d3c5b7e90":          "0191a9c0-7a3e-7c41-b6f5-2f1d3c5b7e90",
		"0191A9C0-7A3E-7C41-B6F5-2F1D3C5B7E90":          "0191a9c0-7a3e-7c41-b6f5-2f1d3c5b7e90",
		"":                                              "",
		"0191a9c07a3e7c41b6f52f1d3c5b7e90":              "",
		"{0191a9c0-7a3e-7c41-b6f5-2f1d3c5b7e90}":        "",
		"urn:uuid:0191a9c0-7a3e-7c41-b6f5-2f1d3c5b7e90": "",
		"0191a9c0-7a3e-7c41-b6f5-2f1d3c5b7e9g":          "",
	})
}

func TestEmail(t *testing.T) {
	itself := func(text string) string { return text }
	requireParses(t, request.Email, itself, map[string]string{
		"jo@example.com":                         "jo@example.com",
		"Jo.o+tag@mail.Example.co.uk":            "Jo.o+tag@mail.Example.co.uk",
		strings.Repeat("a", 64) + "@example.com": strings.Repeat("a", 64) + "@example.com",
		"":                                       "",
		"jo":                                     "",
		"@example.com":                           "",
		"jo@":                                    "",
		"jo@localhost":                           "",
		"jo@-example.com":                        "",
		"jo@example..com":                        "",
		".jo@example.com":                        "",
		"j..o@example.com":                       "",
		" jo@example.com":                        "",
		"jo@example.com\n":                       "",
		"Jo <jo@example.com>":                    "",
		"jo@example.com\x00":                     "",
		strings.Repeat("a", 65) + "@example.com": "",
		"jo@" + strings.Repeat("a", 64) + ".com": "",
	})
}

func TestTime(t *testing.T) {
	show := func(moment time.Time) string { return moment.Format(time.RFC3339Nano) }
	requireParses(t, request.Time, show, map[string]string{
		"2026-01-31T12:30:00Z":             "2026-01-31T12:30:00Z",
		"2026-01-31t12:30:00z":             "2026-01-31T12:30:00Z",
		"2026-01-31T12:30:00.123456+02:00": "2026-01-31T10:30:00.123456Z",
		"2026-01-31T00:00:00-23:59":        "2026-01-31T23:59:00Z",
		"0001-01-01T00:00:00Z":             "0001-01-01T00:00:00Z",
		"9999-12-31T23:59:59.999999Z":      "9999-12-31T23:59:59.999999Z",
		"0000-12-31T23:59:59Z":             "",
		"0001-01-01T00:00:00+00:01":        "",
		"9999-12-31T23:59:59-00:01":        "",
		"10000-01-01T00:00:00Z":            "",
		"2026-01-31T12:30:60Z":             "",
		"2026-01-31T24:00:00Z":             "",
		"2026-02-29T12:30:00Z":             "",
		"2026-01-31T12:30:00":              "",
		"2026-01-31T12:30:00,5Z":           "",
		"2026-01-31 12:30:00Z":             "",
		"2026-01-31T1:30:00Z":              "",
		"2026-01-31T12:30:00+24:00":        "",
		"2026-01-31":                       "",
		"":                                 "",
	})
}

func TestDate(t *testing.T) {
	requireParses(t, request.Date, models.Date.String, map[string]string{
		"2024-02-29":           "2024-02-29",
		"0001-01-01":           "0001-01-01",
		"9999-12-31":           "9999-12-31",
		"0000-01-01":           "",
		"2026-02-29":           "",
		"2026-2-1":             "",
		"10000-01-01":          "",
		"2026-01-31T00:00:00Z": "",
		"":                     "",
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

func TestDecimalBounds(t *testing.T) {
	type price struct {
		Amount *string `json:"amount" validate:"omitnil,decimal,decimalmin=0,decimalmax=9.5"`
	}
	for _, amount := range []string{"0", "-0.0", "9.50"} {
		_, err := request.Decode[price](post(`{"amount":"`+amount+`"}`, "application/json"))
		require.NoError(t, err, amount)
	}
	for amount, reason := range map[string]string{"-0.000001": "must be at least 0", "9.500001": "must be at most 9.5"} {
		_, err := request.Decode[price](post(`{"amount":"`+amount+`"}`, "application/json"))
		require.Equal(t, map[string]string{"amount": reason}, wrong(t, err))
	}
}

func TestParsedPanicsForInvalidText(t *testing.T) {
	require.Nil(t, request.Parsed(nil, request.UUID))
	require.Panics(t, func() { request.Parsed(new("x"), request.UUID) })
}
