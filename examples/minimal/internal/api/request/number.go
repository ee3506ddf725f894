package request

import (
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"
)

// Int is a 64-bit integer in any JSON notation. In JSON, 5, 5.0 and 50e-1 are
// the same number, and some clients use these notations.
type Int int64

// UnmarshalJSON implements json.Unmarshaler.
func (i *Int) UnmarshalJSON(data []byte) error {
	number, err := strconv.ParseInt(whole(string(data)), 10, 64)
	if err != nil {
		return err
	}
	*i = Int(number)
	return nil
}

// whole converts an integer in JSON notation to one without fraction and
// exponent. It returns other numbers, and numbers that are far too long,
// unmodified.
func whole(number string) string {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(number), "e")
	digits, negative := strings.CutPrefix(mantissa, "-")
	digits, fraction, _ := strings.Cut(digits, ".")
	point := len(digits)
	digits += fraction
	if exponent != "" {
		shift, err := strconv.Atoi(exponent)
		if err != nil || shift < -400 || shift > 400 {
			return number
		}
		point += shift
	}

	if missing := point - len(digits); missing > 0 {
		digits += strings.Repeat("0", missing)
	}
	if point < 1 {
		digits = strings.Repeat("0", 1-point) + digits
		point = 1
	}
	if strings.Trim(digits[point:], "0") != "" {
		return number
	}
	if negative {
		return "-" + digits[:point]
	}
	return digits[:point]
}

// Integer parses a 64-bit integer in a query.
func Integer(text string) (int64, error) {
	number, err := Literal[Int](text)
	return int64(number), err
}

// Literal parses a number, true or false in JSON notation.
func Literal[T bool | float64 | Int](text string) (T, error) {
	var value *T
	err := json.Unmarshal([]byte(text), &value)
	if err != nil || value == nil || strings.TrimSpace(text) != text {
		var zero T
		return zero, errors.New("must be " + describe(reflect.TypeFor[T]()))
	}
	return *value, nil
}
