package request

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"example.com/hello-api/internal/api/problem"
	"example.com/hello-api/internal/apperr"
)

// maxMembers is far more than the number of members in any schema.
const maxMembers = 1000

// Decode reads the JSON object in the body of a request. Read reads its members
// into the fields of a new T.
func Decode[T any](r *http.Request, read func(o *Object, fields *T)) (T, error) {
	var fields T
	b, err := readBody(r, "application/json")
	if err != nil {
		return fields, err
	}
	o := &Object{body: b}
	read(o, &fields)
	return fields, o.err()
}

// mergePatch is the media type of a JSON merge patch (RFC 7396).
const mergePatch = "application/merge-patch+json"

// Patch reads the JSON merge patch in the body of a request. It returns a
// function that applies the patch: members that are missing leave their fields
// unchanged. The function can be called more than once, and returns an error if
// the patch is not valid.
func Patch[T any](r *http.Request, read func(o *Object, fields *T)) (func(fields *T) error, error) {
	b, err := readBody(r, mergePatch)
	if refused, ok := errors.AsType[*problem.Error](err); ok && refused.Status == http.StatusUnsupportedMediaType {
		return nil, refused.With("Accept-Patch", mergePatch)
	}
	if err != nil {
		return nil, err
	}
	return func(fields *T) error {
		o := &Object{body: b, patch: true}
		read(o, fields)
		return o.err()
	}, nil
}

// body is a JSON object.
type body struct {
	members map[string]Value

	// names lists the names of the members in their order, and repeated those
	// that occur more than once.
	names    []string
	repeated []string
}

// readBody reads the body of a request with a media type. It does not start to
// read a body that it cannot accept, so that clients that wait for the status
// 100 need not send it.
func readBody(r *http.Request, mediaType string) (*body, error) {
	given, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || given != mediaType || !isUTF8(params["charset"]) {
		return nil, problem.New(http.StatusUnsupportedMediaType, "the content type must be "+mediaType)
	}
	for _, coding := range r.Header.Values("Content-Encoding") {
		if !strings.EqualFold(coding, "identity") {
			return nil, problem.New(http.StatusUnsupportedMediaType, "the body must not be encoded").With("Accept-Encoding", "identity")
		}
	}

	content, err := io.ReadAll(r.Body)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, problem.New(http.StatusRequestEntityTooLarge, "the body is too large")
	}
	switch {
	case err != nil:
		return nil, problem.New(http.StatusBadRequest, "failed to read the body")
	case len(content) == 0:
		return nil, problem.New(http.StatusBadRequest, "the body is empty")
	case !utf8.Valid(content):
		return nil, problem.New(http.StatusBadRequest, "the body is not valid UTF-8")
	}
	var value json.RawMessage
	if err := json.Unmarshal(content, &value); err != nil {
		return nil, problem.New(http.StatusBadRequest, "the body is not valid JSON: "+err.Error())
	}
	return parseObject(content)
}

func isUTF8(charset string) bool {
	return charset == "" || strings.EqualFold(charset, "utf-8")
}

// parseObject returns the members of a JSON object. In contrast to
// json.Unmarshal, it distinguishes the case of names, and finds repeated names.
// The content must be valid JSON.
func parseObject(content []byte) (*body, error) {
	decoder := json.NewDecoder(bytes.NewReader(content))
	first, err := decoder.Token()
	if err != nil || first != json.Delim('{') {
		return nil, apperr.New(apperr.Invalid, "the body must be a JSON object")
	}
	b := &body{members: map[string]Value{}}
	for decoder.More() {
		if len(b.names) == maxMembers || len(b.repeated) == maxReported {
			return nil, apperr.New(apperr.Invalid, "the body has too many members")
		}
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, err
		}
		name, _ := token.(string)
		if _, known := b.members[name]; known {
			b.repeated = append(b.repeated, name)
			continue
		}
		b.members[name] = jsonValue(value)
		b.names = append(b.names, name)
	}
	return b, nil
}
