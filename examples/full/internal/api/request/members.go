package request

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"example.com/market-api/internal/apperr"
)

// wrongMembers returns the members of the objects in body that t does not have
// or that occur more than once. Package encoding/json accepts both, and ignores
// the case of names. If mistyped is set, wrongMembers also returns the members
// whose values do not match their types. The errors of encoding/json cannot be
// used for that, because their paths depend on the Go version.
//
// The body must be valid JSON, so the walk does not check its syntax.
func wrongMembers(body []byte, t reflect.Type, mistyped bool) []apperr.Field {
	walk := walker{rest: body, mistyped: mistyped}
	walk.value(t, "")
	return walk.wrong
}

// walker walks through JSON and the matching Go type in parallel.
type walker struct {
	rest     []byte
	mistyped bool
	wrong    []apperr.Field
}

// peek skips white space and returns the next byte.
func (w *walker) peek() byte {
	w.rest = bytes.TrimLeft(w.rest, " \t\r\n")
	return w.rest[0]
}

// value walks through a value. The type is nil if it is unknown.
func (w *walker) value(t reflect.Type, path string) {
	first, known, target := w.peek(), members(t), deref(t)
	switch {
	case first == '{' && known != nil:
		w.object(known, path)
	case first == '[' && target != nil && (target.Kind() == reflect.Slice || target.Kind() == reflect.Array):
		w.array(target.Elem(), path)
	default:
		value := w.skip()
		if w.mistyped && t != nil && json.Unmarshal(value, reflect.New(t).Interface()) != nil {
			w.wrong = append(w.wrong, apperr.Field{Name: path, Reason: "must be " + describe(target)})
		}
	}
}

// skip skips a value whose members do not need to be checked, and returns it.
// It is not recursive and does not track paths, because clients determine the
// depth of the value.
func (w *walker) skip() []byte {
	start := w.rest
	for depth := 0; ; {
		switch w.peek() {
		case '{', '[':
			depth++
			w.rest = w.rest[1:]
		case '}', ']':
			depth--
			w.rest = w.rest[1:]
		case ',', ':':
			w.rest = w.rest[1:]
		case '"':
			w.text()
		default:
			w.word()
		}
		if depth == 0 {
			return start[:len(start)-len(w.rest)]
		}
	}
}

func (w *walker) object(known map[string]reflect.Type, path string) {
	seen := make(map[string]bool, len(known))
	w.rest = w.rest[1:]
	for w.peek() != '}' {
		if w.rest[0] == ',' {
			w.rest = w.rest[1:]
			w.peek()
		}
		name := unquote(w.text())
		inner := name
		if path != "" {
			inner = path + "." + name
		}
		member, ok := known[name]
		switch {
		case !ok:
			w.wrong = append(w.wrong, apperr.Field{Name: inner, Reason: "is not a known field"})
		case seen[name]:
			w.wrong = append(w.wrong, apperr.Field{Name: inner, Reason: "is specified more than once"})
		}
		seen[name] = true

		w.peek()
		w.rest = w.rest[1:] // the colon
		w.value(member, inner)
	}
	w.rest = w.rest[1:]
}

func (w *walker) array(element reflect.Type, path string) {
	w.rest = w.rest[1:]
	for i := 0; w.peek() != ']'; i++ {
		if w.rest[0] == ',' {
			w.rest = w.rest[1:]
		}
		w.value(element, path+"["+strconv.Itoa(i)+"]")
	}
	w.rest = w.rest[1:]
}

// text walks through a string and returns it with quotes and escapes.
func (w *walker) text() []byte {
	end := 1
	for w.rest[end] != '"' {
		if w.rest[end] == '\\' {
			end++
		}
		end++
	}
	quoted := w.rest[:end+1]
	w.rest = w.rest[end+1:]
	return quoted
}

// word walks through a number, true, false or null.
func (w *walker) word() {
	end := bytes.IndexAny(w.rest, ",]} \t\r\n")
	if end < 0 {
		end = len(w.rest)
	}
	w.rest = w.rest[end:]
}

func unquote(quoted []byte) string {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1])
	}
	var text string
	_ = json.Unmarshal(quoted, &text) // the JSON is valid
	return text
}

// memberTypes caches the results of members by type.
var memberTypes sync.Map

// members returns the types of the members in the JSON of a struct, by name. It
// returns nil if t is not a struct or implements json.Unmarshaler.
func members(t reflect.Type) map[string]reflect.Type {
	t = deref(t)
	if t == nil || t.Kind() != reflect.Struct || reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return nil
	}
	if known, ok := memberTypes.Load(t); ok {
		return known.(map[string]reflect.Type) //nolint:errcheck // nothing else is stored
	}
	known := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) {
		if name := jsonName(f); name != "" && f.IsExported() {
			known[name] = f.Type
		}
	}
	memberTypes.Store(t, known)
	return known
}

// jsonName returns the name in the json tag of a field.
func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "-" {
		return ""
	}
	return name
}

func deref(t reflect.Type) reflect.Type {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}
