// Package request reads what clients send, and is strict about it: whatever it
// lets through is what the OpenAPI document describes.
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

	"example.com/market-api/internal/api/problem"
	"example.com/market-api/internal/apperr"
)

// Decode reads the JSON object in the body of a request into a T and validates
// it by its validate tags. Its errors say which fields are wrong.
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
		return in, apperr.New(apperr.Invalid, "the body does not follow its schema", fields...)
	}
	return in, nil
}

// read returns the body of a request that says it is JSON.
func read(r *http.Request) ([]byte, error) {
	mediaType, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" || !isUTF8(params["charset"]) {
		return nil, problem.New(http.StatusUnsupportedMediaType, "the body must be sent as application/json")
	}

	body, err := io.ReadAll(r.Body)
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, problem.New(http.StatusRequestEntityTooLarge, "the body is too large")
	}
	switch {
	case err != nil:
		return nil, problem.New(http.StatusBadRequest, "the body could not be read")
	case len(body) == 0:
		return nil, problem.New(http.StatusBadRequest, "the body is empty")
	case !utf8.Valid(body):
		return nil, problem.New(http.StatusBadRequest, "the body is not UTF-8")
	}
	return body, nil
}

func isUTF8(charset string) bool {
	return charset == "" || strings.EqualFold(charset, "utf-8")
}

// describe names a Go type as JSON does.
func describe(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "a whole number of 64 bits"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "an array"
	default:
		return "an object"
	}
}
