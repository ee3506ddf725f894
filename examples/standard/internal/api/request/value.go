package request

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// Value is a value in a request, as yet without a type.
type Value struct {
	kind kind

	// text is the decoded text of a JSON string or of a query parameter, and the
	// JSON of any other value.
	text string
}

// kind is what a value is in JSON. A query parameter can be anything.
type kind int

const (
	parameter kind = iota
	null
	word
	number
	text
	composite
	invalidText
)

// jsonValue converts valid JSON.
func jsonValue(raw json.RawMessage) Value {
	switch raw[0] {
	case 'n':
		return Value{kind: null}
	case 't', 'f':
		return Value{kind: word, text: string(raw)}
	case '{', '[':
		return Value{kind: composite}
	case '"':
		var decoded string
		if err := json.Unmarshal(raw, &decoded); err != nil || hasHalfPair(raw) {
			return Value{kind: invalidText}
		}
		return Value{kind: text, text: decoded}
	default:
		return Value{kind: number, text: string(raw)}
	}
}

// hasHalfPair reports whether a JSON string contains half of a surrogate pair,
// which package json would replace.
func hasHalfPair(raw []byte) bool {
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		i++
		if raw[i] != 'u' {
			continue
		}
		unit := codeUnit(raw[i+1:])
		i += 4
		if !utf16.IsSurrogate(unit) {
			continue
		}
		rest := raw[i+1:]
		if len(rest) < 6 || rest[0] != '\\' || rest[1] != 'u' || utf16.DecodeRune(unit, codeUnit(rest[2:])) == utf8.RuneError {
			return true
		}
		i += 6
	}
	return false
}

// codeUnit parses the four hexadecimal digits of an escape sequence.
func codeUnit(digits []byte) rune {
	unit, _ := strconv.ParseUint(string(digits[:4]), 16, 16) // the JSON is valid
	return rune(unit)
}

// is reports whether a value can be of a kind.
func (v Value) is(k kind) bool { return v.kind == k || v.kind == parameter }

// The following functions parse values in the formats of the OpenAPI spec, and
// reject all other formats, so that the value that is stored is the one that was
// sent. Their errors are meant for clients.

// String accepts any text that can be stored in a database.
func String(v Value) (string, error) {
	switch {
	case v.kind != invalidText && !v.is(text):
		return "", errors.New("must be a string")
	case v.kind == invalidText || !utf8.ValidString(v.text) || strings.ContainsRune(v.text, 0):
		return "", errors.New("must be UTF-8 without U+0000")
	}
	return v.text, nil
}

// Text returns a parser for texts with a number of characters. If there must be
// any, one of them must not be white space.
func Text(least, most int) func(Value) (string, error) {
	return func(v Value) (string, error) {
		given, err := String(v)
		if err != nil {
			return "", err
		}
		length := utf8.RuneCountInString(given)
		switch {
		case length == 0 && least > 0:
			return "", errors.New("must not be empty")
		case length < least:
			return "", errors.New("must be at least " + strconv.Itoa(least) + " characters")
		case length > most:
			return "", errors.New("must be at most " + strconv.Itoa(most) + " characters")
		case least > 0 && strings.TrimSpace(given) == "":
			return "", errors.New("must not be blank")
		}
		return given, nil
	}
}

// UUID parses a UUID in the standard form. In contrast, uuid.Parse accepts
// several forms.
func UUID(v Value) (uuid.UUID, error) {
	id, err := uuid.Parse(v.text)
	if !v.is(text) || err != nil || id.String() != v.text {
		return uuid.Nil, errors.New("must be a UUID in lower case")
	}
	return id, nil
}

// Integer parses a 64-bit integer without a fraction or an exponent.
func Integer(v Value) (int64, error) {
	parsed, err := strconv.ParseInt(v.text, 10, 64)
	if !v.is(number) || err != nil || strconv.FormatInt(parsed, 10) != v.text {
		return 0, errors.New("must be a 64-bit integer, without a fraction or an exponent")
	}
	return parsed, nil
}

// Bool parses true or false.
func Bool(v Value) (bool, error) {
	if !v.is(word) || v.text != "true" && v.text != "false" {
		return false, errors.New("must be true or false")
	}
	return v.text == "true", nil
}

// timeForm is stricter than package time, which accepts 1:00 and 01:00:00,5.
var timeForm = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`)

// Time parses a time in RFC 3339 format with up to 6 decimals, which is what
// the repositories store, and converts it to UTC.
func Time(v Value) (time.Time, error) {
	moment, err := time.Parse(time.RFC3339Nano, strings.ToUpper(v.text))
	moment = moment.UTC()
	if year := moment.Year(); !v.is(text) || err != nil || !timeForm.MatchString(v.text) || year < 1 || year > 9999 {
		return time.Time{}, errors.New("must be a time such as 2006-01-02T15:04:05Z, with at most 6 decimals")
	}
	return moment, nil
}

var decimalForm = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,6})?$`)

// Decimal parses a decimal number that fits in a numeric(21, 6) column.
func Decimal(v Value) (decimal.Decimal, error) {
	if !v.is(text) || !decimalForm.MatchString(v.text) {
		return decimal.Zero, errors.New("must be a string with a decimal number such as 12.50, with at most 15 digits before and 6 after the decimal point")
	}
	return decimal.NewFromString(v.text)
}

// DecimalAtLeast returns a parser that rejects smaller decimals.
func DecimalAtLeast(least string, parse func(Value) (decimal.Decimal, error)) func(Value) (decimal.Decimal, error) {
	limit := decimal.RequireFromString(least)
	return func(v Value) (decimal.Decimal, error) {
		parsed, err := parse(v)
		if err == nil && parsed.LessThan(limit) {
			return decimal.Zero, errors.New("must be at least " + least)
		}
		return parsed, err
	}
}

// OneOf returns a parser that accepts only the given values.
func OneOf[T ~string](values ...T) func(Value) (T, error) {
	return func(v Value) (T, error) {
		if !v.is(text) || !slices.Contains(values, T(v.text)) {
			names := make([]string, len(values))
			for i, value := range values {
				names[i] = string(value)
			}
			return "", errors.New("must be one of " + strings.Join(names, ", "))
		}
		return T(v.text), nil
	}
}
