package models

import "time"

// TimePrecision is the precision of times in repositories.
const TimePrecision = time.Microsecond

// StoredTime returns a time in the form in which repositories return it: in UTC
// and with their precision.
func StoredTime(t time.Time) time.Time {
	return t.UTC().Truncate(TimePrecision)
}
