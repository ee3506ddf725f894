package cache

import (
	"encoding/json"
	"hash/fnv"
	"io"
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// encode returns the text to cache for a value: a fingerprint of its type,
// followed by the value as JSON. For an error it returns an empty text.
func encode[T any](value T, err error) string {
	if err != nil {
		return ""
	}
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return shapeOf[T]() + string(text)
}

// decode parses the text of a key. It returns false for a lease, and for a
// value cached by another version of the service in which T has other fields.
// During a rollout, both versions run at the same time.
func decode[T any](text string) (T, bool) {
	var value T
	text, ok := strings.CutPrefix(text, shapeOf[T]())
	if !ok {
		return value, false
	}
	err := json.Unmarshal([]byte(text), &value)
	return value, err == nil
}

var shapes sync.Map // from reflect.Type to string

// shapeOf returns a fingerprint of T: a hash of its name and of the names and
// types of its fields.
func shapeOf[T any]() string {
	typ := reflect.TypeFor[T]()
	if known, ok := shapes.Load(typ); ok {
		return known.(string)
	}
	digest := fnv.New64a()
	_, _ = io.WriteString(digest, typ.String())
	if typ.Kind() == reflect.Struct {
		for _, field := range reflect.VisibleFields(typ) {
			_, _ = io.WriteString(digest, " "+field.Name+" "+field.Type.String())
		}
	}
	shape := strconv.FormatUint(digest.Sum64(), 36) + ":"
	shapes.Store(typ, shape)
	return shape
}
