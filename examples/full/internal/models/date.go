package models

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"time"
)

// Date is a calendar date without a time of day or a time zone. Dates can be
// compared with ==. The zero Date is January 1 of year 1.
type Date struct {
	// midnight is always in UTC, so that == works.
	midnight time.Time
}

// NewDate returns a date. Like time.Date, it normalizes its arguments: June 31
// becomes July 1.
func NewDate(year int, month time.Month, day int) Date {
	return Date{midnight: time.Date(year, month, day, 0, 0, 0, 0, time.UTC)}
}

// ParseDate parses a date in the format of String. Its year must be between 1
// and 9999.
func ParseDate(text string) (Date, error) {
	midnight, err := time.Parse(time.DateOnly, text)
	if err != nil || midnight.Year() < 1 {
		return Date{}, errors.New("must be a date such as 2006-01-02")
	}
	return Date{midnight: midnight}, nil
}

// String returns the date in the format 2006-01-02.
func (d Date) String() string { return d.midnight.Format(time.DateOnly) }

// Compare returns a negative number if d is before other, zero if they are the
// same day, and a positive number if d is after other.
func (d Date) Compare(other Date) int { return d.midnight.Compare(other.midnight) }

// MarshalText implements encoding.TextMarshaler, which is also used for JSON.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler, which is also used for
// JSON.
func (d *Date) UnmarshalText(text []byte) error {
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// Value implements driver.Valuer.
func (d Date) Value() (driver.Value, error) { return d.midnight, nil }

// Scan implements sql.Scanner.
func (d *Date) Scan(src any) error {
	day, ok := src.(time.Time)
	if !ok {
		return fmt.Errorf("scan a date from %T", src)
	}
	*d = NewDate(day.Date())
	return nil
}
