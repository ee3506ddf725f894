// Package request decodes and validates requests. It accepts only requests that
// conform to the OpenAPI spec.
package request

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"
	"unicode/utf8"

	"example.com/shop-api/internal/api/problem"
	"example.com/shop-api/internal/apperr"
)

// Decode decodes the JSON object in the body of a request and validates it by
// its validate tags. Its errors list the invalid fields.
func Decode[T any](r *http.Request) (T, error) {
	var in T
	body, err := read(r)
	if err != nil {
		return in, err
	}

	err = json.Unmarshal(body, &in)
	if err != nil && !json.Valid(body) {
		return in, problem.New(http.StatusBadRequest, "the body is not valid JSON: "+err.Error())
	}
	if bytes.TrimLeft(body, " \t\r\n")[0] != '{' {
		return in, apperr.New(apperr.Invalid, "the body must be a JSON object")
	}

	mistyped := err != nil
	fields := wrongMembers(body, reflect.TypeFor[T](), mistyped)
	if !mistyped {
		fields = append(fields, validate(in)...)
	}
	if mistyped || len(fields) > 0 {
		return in, apperr.New(apperr.Invalid, "the body does not match its schema", fields...)
	}
	return in, nil
}

// read returns the body of a request with the content type JSON.
func read(r *http.Request) ([]byte, error) {
	mediaType, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" || !isUTF8(params["charset"]) {
		return nil, problem.New(http.StatusUnsupportedMediaType, "the content type must be application/json")
	}

	body, err := io.ReadAll(r.Body)
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, problem.New(http.StatusRequestEntityTooLarge, "the body is too large")
	}
	switch {
	case err != nil:
		return nil, problem.New(http.StatusBadRequest, "failed to read the body")
	case len(body) == 0:
		return nil, problem.New(http.StatusBadRequest, "the body is empty")
	case !utf8.Valid(body):
		return nil, problem.New(http.StatusBadRequest, "the body is not valid UTF-8")
	}
	return body, nil
}

func isUTF8(charset string) bool {
	return charset == "" || strings.EqualFold(charset, "utf-8")
}

// describe returns the name of a Go type in terms of JSON.
func describe(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "a 64-bit integer"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "an array"
	default:
		return "an object"
	}
}
