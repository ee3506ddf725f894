package models

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"time"
)

// Date is a day of the calendar, without a time of day and without a zone. Two
// dates are equal by ==. The zero Date is the first of January of the year 1.
type Date struct {
	// midnight is always in UTC, which is what makes == right.
	midnight time.Time
}

// NewDate returns the date of a day; 31 June is 1 July, as for time.Date.
func NewDate(year int, month time.Month, day int) Date {
	return Date{midnight: time.Date(year, month, day, 0, 0, 0, 0, time.UTC)}
}

// ParseDate reads a date as String writes it, of the years 1 to 9999.
func ParseDate(text string) (Date, error) {
	midnight, err := time.Parse(time.DateOnly, text)
	if err != nil || midnight.Year() < 1 {
		return Date{}, errors.New("must be a date like 2006-01-02")
	}
	return Date{midnight: midnight}, nil
}

// String returns the date as 2006-01-02.
func (d Date) String() string { return d.midnight.Format(time.DateOnly) }

// MarshalText implements encoding.TextMarshaler, and so JSON.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler, and so JSON.
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
