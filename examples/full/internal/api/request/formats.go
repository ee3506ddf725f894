package request

import (
	"errors"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"example.com/market-api/internal/models"
)

// The following functions parse the formats in the OpenAPI spec, and reject all
// other formats. Their errors are meant for clients.

// Text accepts any text that can be stored in a database.
func Text(text string) (string, error) {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return "", errors.New("must be UTF-8 without U+0000")
	}
	return text, nil
}

var emailForm = regexp.MustCompile(`^[A-Za-z0-9!#$%&*+/=?^_{|}~-]+(\.[A-Za-z0-9!#$%&*+/=?^_{|}~-]+)*@` +
	`[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$`)

// Email accepts email addresses of the form that mail servers accept in
// practice.
func Email(text string) (string, error) {
	const longestName = 64
	if !emailForm.MatchString(text) || strings.Index(text, "@") > longestName {
		return "", errors.New("must be an email address")
	}
	return text, nil
}

// UUID parses a UUID in the standard form. In contrast, uuid.Parse accepts
// several forms.
func UUID(text string) (uuid.UUID, error) {
	const length = len("00000000-0000-0000-0000-000000000000")
	id, err := uuid.Parse(text)
	if err != nil || len(text) != length {
		return uuid.Nil, errors.New("must be a UUID")
	}
	return id, nil
}

// timeForm is stricter than package time, which accepts 1:00 and 01:00:00,5.
var timeForm = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`)

// Time parses a time in RFC 3339 format and converts it to UTC.
func Time(text string) (time.Time, error) {
	moment, err := time.Parse(time.RFC3339Nano, strings.ToUpper(text))
	moment = moment.UTC()
	if year := moment.Year(); err != nil || !timeForm.MatchString(text) || year < 1 || year > 9999 {
		return time.Time{}, errors.New("must be a time such as 2006-01-02T15:04:05Z")
	}
	return moment, nil
}

// Date parses a date in RFC 3339 format.
func Date(text string) (models.Date, error) {
	return models.ParseDate(text)
}

var decimalForm = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,6})?$`)

// Decimal parses a decimal number that fits in a numeric(21, 6) column.
func Decimal(text string) (decimal.Decimal, error) {
	if !decimalForm.MatchString(text) {
		return decimal.Zero, errors.New("must be a decimal number such as 12.50, with at most 15 digits before and 6 after the decimal point")
	}
	return decimal.NewFromString(text)
}

// Parsed parses a text that Decode has already validated with the same parser.
// It returns nil for nil.
func Parsed[T any](text *string, parse func(string) (T, error)) *T {
	if text == nil {
		return nil
	}
	value, err := parse(*text)
	if err != nil {
		panic("request: the text was not validated: " + err.Error())
	}
	return &value
}
