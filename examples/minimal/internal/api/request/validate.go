package request

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-playground/validator/v10"

	"example.com/hello-api/internal/apperr"
)

// formats maps the validate tags of this service to their checks.
var formats = map[string]func(string) error{
	"text":      parses(Text),
	"timestamp": parses(Time),
}

// parses converts a parser to a check.
func parses[T any](parse func(string) (T, error)) func(string) error {
	return func(text string) error {
		_, err := parse(text)
		return err
	}
}

var validation = newValidation()

func newValidation() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(jsonName)
	for tag, check := range formats {
		register(v, tag, func(fl validator.FieldLevel) bool { return check(fl.Field().String()) == nil })
	}
	return v
}

func register(v *validator.Validate, tag string, check validator.Func) {
	if err := v.RegisterValidation(tag, check); err != nil {
		panic(fmt.Sprintf("request: register the tag %s: %v", tag, err))
	}
}

// validate returns the fields of a struct that violate their validate tags.
func validate(in any) []apperr.Field {
	broken := validator.ValidationErrors{}
	if err := validation.Struct(in); !errors.As(err, &broken) {
		return nil
	}
	fields := make([]apperr.Field, 0, len(broken))
	for _, b := range broken {
		_, path, _ := strings.Cut(b.Namespace(), ".")
		fields = append(fields, apperr.Field{Name: path, Reason: reason(b)})
	}
	return fields
}

// reason describes a violation to the client.
func reason(b validator.FieldError) string {
	if check, ok := formats[b.Tag()]; ok {
		return check(fmt.Sprint(b.Value())).Error()
	}
	isText := b.Kind() == reflect.String
	switch b.Tag() {
	case "required":
		return "is required"
	case "min":
		if isText && b.Param() == "1" {
			return "must not be empty"
		}
		return "must be at least " + b.Param() + unit(isText)
	case "max":
		return "must be at most " + b.Param() + unit(isText)
	case "oneof":
		return "must be one of " + strings.Join(strings.Fields(b.Param()), ", ")
	default:
		return "violates the rule " + b.Tag()
	}
}

func unit(isText bool) string {
	if isText {
		return " characters"
	}
	return ""
}
