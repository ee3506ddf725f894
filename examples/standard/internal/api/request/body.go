package request

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"example.com/shop-api/internal/api/problem"
	"example.com/shop-api/internal/apperr"
)

const (
	// maxMembers is far more than the number of members in any schema.
	maxMembers = 1000

	// An error lists at most maxReported fields, and the start of long names, so
	// that a response cannot become much larger than its request.
	maxReported   = 20
	maxNameLength = 100
)

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
