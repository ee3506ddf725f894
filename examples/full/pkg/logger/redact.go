package logger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// redacted replaces values that must not be logged.
	redacted = "[redacted]"

	// minSecretLength is the length of the shortest secret that is replaced.
	// Shorter ones are part of ordinary words.
	minSecretLength = 6
)

// Scrubber returns a replacer that removes the given secrets from texts, such as
// the error of a driver that contains a password.
func Scrubber(secrets []string) *strings.Replacer {
	known := slices.DeleteFunc(slices.Clone(secrets), func(s string) bool { return len(s) < minSecretLength })
	// A secret may contain another one.
	slices.SortFunc(known, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, secret := range slices.Compact(known) {
		pairs = append(pairs, secret, redacted)
	}
	return strings.NewReplacer(pairs...)
}

// sensitiveParts are the parts of keys whose values must not be logged, in lower
// case and without separators.
var sensitiveParts = [][]byte{
	[]byte("password"), []byte("passwd"), []byte("passphrase"),
	[]byte("secret"), []byte("token"),
	[]byte("authorization"), []byte("cookie"), []byte("credential"),
	[]byte("apikey"), []byte("privatekey"),
	[]byte("jwt"),
}

// signed matches signed tokens, whatever their key is.
var signed = regexp.MustCompile(`\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*`)

// sensitive reports whether the value of a key must not be logged. It matches
// accessToken, password_hash, X-Api-Key, session_key and so on, but not key
// alone.
func sensitive(key string) bool {
	var buffer [64]byte
	plain := buffer[:0]
	last := 0 // the start of the last word
	for i := range len(key) {
		c := key[i]
		switch {
		case c == '_' || c == '-' || c == '.' || c == ' ':
			last = len(plain)
			continue
		case 'A' <= c && c <= 'Z':
			afterLower := i > 0 && 'a' <= key[i-1] && key[i-1] <= 'z'
			beforeLower := i+1 < len(key) && 'a' <= key[i+1] && key[i+1] <= 'z'
			if afterLower || beforeLower {
				last = len(plain)
			}
			c += 'a' - 'A'
		}
		plain = append(plain, c)
	}
	if last > 0 && string(plain[last:]) == "key" {
		return true
	}
	for _, part := range sensitiveParts {
		if bytes.Contains(plain, part) {
			return true
		}
	}
	return false
}

// redactor redacts values by their keys, and known secrets anywhere.
type redactor struct {
	known *strings.Replacer
}

func (r redactor) text(text string) string {
	if strings.Contains(text, "eyJ") {
		text = signed.ReplaceAllString(text, redacted)
	}
	return r.known.Replace(text)
}

func (r redactor) attrs(attrs []slog.Attr) []slog.Attr {
	safe := make([]slog.Attr, len(attrs))
	for i, attr := range attrs {
		safe[i] = r.attr(attr)
	}
	return safe
}

func (r redactor) attr(attr slog.Attr) slog.Attr {
	value := attr.Value.Resolve()
	switch value.Kind() {
	case slog.KindBool, slog.KindDuration, slog.KindFloat64, slog.KindInt64, slog.KindTime, slog.KindUint64:
		return slog.Attr{Key: attr.Key, Value: value} // a number of tokens is no secret
	default:
	}
	if sensitive(attr.Key) {
		return slog.String(attr.Key, redacted)
	}
	switch value.Kind() {
	case slog.KindString:
		value = slog.StringValue(r.text(value.String()))
	case slog.KindGroup:
		value = slog.GroupValue(r.attrs(value.Group())...)
	default:
		value = r.any(value.Any())
	}
	return slog.Attr{Key: attr.Key, Value: value}
}

// any returns an error as its text, and other values, such as structs, maps and
// http.Header, as the JSON that they are encoded to.
func (r redactor) any(value any) (safe slog.Value) {
	defer func() {
		if problem := recover(); problem != nil {
			safe = slog.StringValue(fmt.Sprintf("!PANIC: %T", value))
		}
	}()
	switch v := value.(type) {
	case error:
		return slog.StringValue(r.text(v.Error()))
	case *url.URL:
		return slog.StringValue(r.text(v.Redacted()))
	case []byte:
		if utf8.Valid(v) {
			return slog.StringValue(r.text(string(v)))
		}
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return slog.StringValue(fmt.Sprintf("!ERROR: %T", value))
	}
	var decoded any
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber()
	if err := decoder.Decode(&decoded); err != nil {
		return slog.StringValue(fmt.Sprintf("!ERROR: %T", value))
	}
	return slog.AnyValue(r.json(decoded))
}

// json redacts a decoded JSON value.
func (r redactor) json(value any) any {
	switch v := value.(type) {
	case string:
		return r.text(v)
	case []any:
		for i := range v {
			v[i] = r.json(v[i])
		}
	case map[string]any:
		for key, member := range v {
			v[key] = r.member(key, member)
		}
	}
	return value
}

func (r redactor) member(key string, value any) any {
	switch value.(type) {
	case nil, bool, json.Number:
		return value
	}
	if sensitive(key) {
		return redacted
	}
	return r.json(value)
}
