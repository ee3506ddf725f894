package models_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"example.com/market-api/internal/models"
)

func TestDateAsTextAndJSON(t *testing.T) {
	day := models.NewDate(2024, time.February, 29)

	text, err := json.Marshal(day)
	require.NoError(t, err)
	require.JSONEq(t, `"2024-02-29"`, string(text))

	var read models.Date
	require.NoError(t, json.Unmarshal(text, &read))
	require.Equal(t, day, read)
}

func TestDatesCompare(t *testing.T) {
	first, second := models.NewDate(2023, time.December, 31), models.NewDate(2024, time.January, 1)
	require.Negative(t, first.Compare(second))
	require.Positive(t, second.Compare(first))
	require.Zero(t, first.Compare(models.NewDate(2023, time.December, 31)))
}

func TestParseDateRejectsInvalidDates(t *testing.T) {
	for _, text := range []string{
		"", "2024", "2024-2-9", "2023-02-29", "0000-01-01", "-001-01-01", "10000-01-01",
		"2024-02-29T00:00:00Z", " 2024-02-29", "2024-02-29 ", "29.02.2024",
	} {
		_, err := models.ParseDate(text)
		require.Error(t, err, text)
	}
}

func TestDateInDatabase(t *testing.T) {
	day := models.NewDate(9999, time.December, 31)

	stored, err := day.Value()
	require.NoError(t, err)

	var read models.Date
	require.NoError(t, read.Scan(stored))
	require.Equal(t, day, read)
	require.Error(t, read.Scan("2024-02-29"))
}

func FuzzParseDate(f *testing.F) {
	f.Add("2024-02-29")
	f.Add("0001-01-01")
	f.Fuzz(func(t *testing.T, text string) {
		day, err := models.ParseDate(text)
		if err == nil {
			require.Equal(t, text, day.String())
		}
	})
}
