package logger

import (
	"log/slog"
	"strings"
)

// redacted replaces values that must not be logged.
const redacted = "[redacted]"

// sensitive reports whether the value of a key must not be logged. It looks at
// the last word of the key, so it matches password, new_password, X-Api-Key,
// refresh_token and so on.
func sensitive(key string) bool {
	word := key[strings.LastIndexAny(key, "_-. ")+1:]
	for _, s := range [...]string{"password", "passwd", "secret", "token", "authorization", "cookie", "credentials", "apikey"} {
		if strings.EqualFold(word, s) {
			return true
		}
	}
	return strings.EqualFold(word, "key") && len(word) < len(key)
}

func redact(attr slog.Attr) slog.Attr {
	if sensitive(attr.Key) {
		return slog.String(attr.Key, redacted)
	}
	value := attr.Value.Resolve()
	if value.Kind() == slog.KindGroup {
		value = slog.GroupValue(redactAll(value.Group())...)
	}
	return slog.Attr{Key: attr.Key, Value: value}
}

func redactAll(attrs []slog.Attr) []slog.Attr {
	safe := make([]slog.Attr, len(attrs))
	for i, attr := range attrs {
		safe[i] = redact(attr)
	}
	return safe
}
