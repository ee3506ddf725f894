// Package request reads and validates requests. It accepts only requests that
// conform to the OpenAPI spec.
package request

import (
	"slices"
	"strings"
	"unicode/utf8"

	"example.com/shop-api/internal/apperr"
)

// An error lists at most maxReported fields, and the start of long names, so
// that a response cannot become much larger than its request.
const (
	maxReported   = 20
	maxNameLength = 100
)

// Object is a JSON object whose members are read with Required and Optional.
// It collects the errors of its members.
type Object struct {
	body *body

	// patch reports whether a missing member leaves the field unchanged.
	patch bool

	read  []string
	wrong []apperr.Field
}

// Required reads a member into a field. The member can be missing only in a
// patch, and cannot be null.
func Required[T any](o *Object, name string, field *T, parse func(Value) (T, error)) {
	value, given := o.member(name)
	switch {
	case !given && o.patch:
	case !given || value.kind == null:
		o.report(name, "is required")
	default:
		set(o, name, value, field, parse)
	}
}

// Optional reads a member into a field. The field is nil if the member is null.
// If the member is missing, the field keeps its value, which is nil unless the
// object is a patch.
func Optional[T any](o *Object, name string, field **T, parse func(Value) (T, error)) {
	value, given := o.member(name)
	switch {
	case !given:
	case value.kind == null:
		*field = nil
	default:
		parsed := new(T)
		set(o, name, value, parsed, parse)
		*field = parsed
	}
}

// Default reads a member into a field, which has the fallback if the member is
// null, or missing and the object is not a patch.
func Default[T any](o *Object, name string, field *T, fallback T, parse func(Value) (T, error)) {
	value, given := o.member(name)
	switch {
	case !given && o.patch:
	case !given || value.kind == null:
		*field = fallback
	default:
		set(o, name, value, field, parse)
	}
}

func set[T any](o *Object, name string, value Value, field *T, parse func(Value) (T, error)) {
	parsed, err := parse(value)
	if err != nil {
		o.report(name, err.Error())
		return
	}
	*field = parsed
}

func (o *Object) member(name string) (Value, bool) {
	o.read = append(o.read, name)
	value, given := o.body.members[name]
	return value, given
}

func (o *Object) report(name, reason string) {
	o.wrong = report(o.wrong, name, reason)
}

// err returns the errors of the members. Members that nobody has read are
// unknown.
func (o *Object) err() error {
	for _, name := range o.body.repeated {
		o.report(name, "is specified more than once")
	}
	for _, name := range o.body.names {
		if !slices.Contains(o.read, name) {
			o.report(name, "is not a known field")
		}
		if len(o.wrong) == maxReported {
			break
		}
	}
	if len(o.wrong) == 0 {
		return nil
	}
	return apperr.New(apperr.Invalid, "the body does not match its schema", o.wrong...)
}

// report adds a field to the list of invalid ones, unless the list is full or
// already contains the field.
func report(wrong []apperr.Field, name, reason string) []apperr.Field {
	if len(name) > maxNameLength {
		name = name[:maxNameLength]
		for !utf8.ValidString(name) {
			name = name[:len(name)-1]
		}
		name = strings.TrimSpace(name) + "..."
	}
	known := slices.ContainsFunc(wrong, func(f apperr.Field) bool { return f.Name == name })
	if known || len(wrong) == maxReported {
		return wrong
	}
	return append(wrong, apperr.Field{Name: name, Reason: reason})
}
