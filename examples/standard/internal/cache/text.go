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

// encode returns the text to keep for a value: the shape of its type, and the
// value as JSON. There is none for an error.
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

// decode reads the text of a key. A lease cannot be read, nor can what another
// version of the service has kept, whose T had other fields: during a rollout
// both of them run.
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

// shapeOf returns a digest of the name of T, and of the names and types of its
// fields.
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
