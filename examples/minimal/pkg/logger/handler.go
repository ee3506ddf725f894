package logger

import (
	"io"
	"log/slog"
)

// newHandler returns the back end of the log; it writes records of every level.
func newHandler(w io.Writer) slog.Handler {
	return slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: readableDuration})
}

// readableDuration writes 1.5s instead of a number of nanoseconds.
func readableDuration(_ []string, attr slog.Attr) slog.Attr {
	if attr.Value.Kind() == slog.KindDuration {
		attr.Value = slog.StringValue(attr.Value.Duration().String())
	}
	return attr
}
