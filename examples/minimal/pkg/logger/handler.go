package logger

import (
	"io"
	"log/slog"
)

// newHandler returns the logging backend. It writes records of all levels.
func newHandler(w io.Writer) slog.Handler {
	return slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: readableDuration})
}

// readableDuration formats durations as 1.5s instead of a number of
// nanoseconds.
func readableDuration(_ []string, attr slog.Attr) slog.Attr {
	if attr.Value.Kind() == slog.KindDuration {
		attr.Value = slog.StringValue(attr.Value.Duration().String())
	}
	return attr
}
