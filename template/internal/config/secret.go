package config

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a setting that must not be disclosed. When printed, logged or
// encoded it only shows whether it is set. Convert it to a string to use it.
type Secret string

func (s Secret) redacted() string {
	if s == "" {
		return ""
	}
	return "[redacted]"
}

// Format hides the secret from all verbs of package fmt.
func (s Secret) Format(state fmt.State, _ rune) {
	_, _ = io.WriteString(state, s.redacted())
}

// LogValue hides the secret from logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.redacted()) }

// MarshalText hides the secret from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.redacted()), nil }
