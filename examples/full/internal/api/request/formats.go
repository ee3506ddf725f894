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

// The parsers below read the formats that the OpenAPI document names, no more.
// Their errors are meant for the client.

// Text lets any text pass that a database can store.
func Text(text string) (string, error) {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return "", errors.New("must be UTF-8 without U+0000")
	}
	return text, nil
}

var emailForm = regexp.MustCompile(`^[A-Za-z0-9!#$%&*+/=?^_{|}~-]+(\.[A-Za-z0-9!#$%&*+/=?^_{|}~-]+)*@` +
	`[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$`)

// Email lets the email addresses pass that mail servers take in practice.
func Email(text string) (string, error) {
	const longestName = 64
	if !emailForm.MatchString(text) || strings.Index(text, "@") > longestName {
		return "", errors.New("must be an email address")
	}
	return text, nil
}

// UUID reads a UUID in its usual form; uuid.Parse knows some more.
func UUID(text string) (uuid.UUID, error) {
	const length = len("00000000-0000-0000-0000-000000000000")
	id, err := uuid.Parse(text)
	if err != nil || len(text) != length {
		return uuid.Nil, errors.New("must be a UUID")
	}
	return id, nil
}

// timeForm is stricter than package time, which takes 1:00 and 01:00:00,5.
var timeForm = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`)

// Time reads a moment as RFC 3339 writes it, and returns it in UTC.
func Time(text string) (time.Time, error) {
	moment, err := time.Parse(time.RFC3339Nano, strings.ToUpper(text))
	moment = moment.UTC()
	if year := moment.Year(); err != nil || !timeForm.MatchString(text) || year < 1 || year > 9999 {
		return time.Time{}, errors.New("must be a time like 2006-01-02T15:04:05Z")
	}
	return moment, nil
}

// Date reads a day as RFC 3339 writes it.
func Date(text string) (models.Date, error) {
	return models.ParseDate(text)
}

var decimalForm = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,6})?$`)

// Decimal reads a decimal number that a numeric(21, 6) column can hold.
func Decimal(text string) (decimal.Decimal, error) {
	if !decimalForm.MatchString(text) {
		return decimal.Zero, errors.New("must be a decimal like 12.50, with at most 15 digits before the point and 6 after it")
	}
	return decimal.NewFromString(text)
}

// Parsed returns what the parser makes of a text that Decode has validated by
// the same parser; nil stays nil.
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
