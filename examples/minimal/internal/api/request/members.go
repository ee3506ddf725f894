package request

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"example.com/hello-api/internal/apperr"
)

// wrongMembers returns the members of the objects in body that t does not have
// or that occur twice. encoding/json lets both pass, and takes a name in any
// case for the one that was meant. With mistyped, it also returns the members
// whose values do not fit their types. An error of encoding/json is no source
// for their paths: what it contains depends on the Go version.
//
// The body is known to be valid JSON, so the walk through it looks for no more
// than where the names are.
func wrongMembers(body []byte, t reflect.Type, mistyped bool) []apperr.Field {
	walk := walker{rest: body, mistyped: mistyped}
	walk.value(t, "")
	return walk.wrong
}

// walker goes through JSON and the type of its Go value side by side.
type walker struct {
	rest     []byte
	mistyped bool
	wrong    []apperr.Field
}

// peek returns the first byte of what comes next.
func (w *walker) peek() byte {
	w.rest = bytes.TrimLeft(w.rest, " \t\r\n")
	return w.rest[0]
}

// value walks one value. A nil type is one that nothing is known of.
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

// skip passes over one value in which no name is known, and returns it. It
// neither calls itself nor keeps a path: it is the client who chooses how deep
// the value is.
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
			w.wrong = append(w.wrong, apperr.Field{Name: inner, Reason: "is given more than once"})
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

// text walks one string and returns it as it is written.
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

// word walks a number, true, false or null.
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
	_ = json.Unmarshal(quoted, &text) // it is valid
	return text
}

// memberTypes remembers what members returns, by type.
var memberTypes sync.Map

// members returns the types of the members that the JSON of a struct has, by
// name; nil when t is not a struct, or is one that decodes itself.
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

// jsonName returns the name that the json tag of a field gives it.
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
