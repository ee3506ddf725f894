// Package logger creates the structured logger of the service. It writes JSON
// lines, adds attributes from the request context, and redacts secrets. The
// rest of the service uses log/slog and does not depend on the backend.
package logger

import (
	"context"
	"io"
	"log/slog"
)

// Config configures a logger.
type Config struct {
	// Level is the minimum level that is logged.
	Level slog.Level

	// Context returns attributes from a context to add to each record logged
	// with it. If nil, no attributes are added.
	Context func(ctx context.Context) []slog.Attr
}

// New returns a logger that writes JSON lines to w. Lines are not buffered, so
// none are lost if the process crashes.
func New(w io.Writer, cfg Config) *slog.Logger {
	if cfg.Context == nil {
		cfg.Context = func(context.Context) []slog.Attr { return nil }
	}
	return slog.New(&handler{next: newHandler(w), level: cfg.Level, context: cfg.Context})
}

// handler drops records below its level, redacts sensitive attributes, and adds
// the attributes of the context.
type handler struct {
	next    slog.Handler
	level   slog.Level
	context func(ctx context.Context) []slog.Attr
}

func (h *handler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.level
}

func (h *handler) Handle(ctx context.Context, record slog.Record) error {
	safe := slog.NewRecord(record.Time, record.Level, record.Message, record.PC)
	record.Attrs(func(attr slog.Attr) bool {
		safe.AddAttrs(redact(attr))
		return true
	})
	safe.AddAttrs(h.context(ctx)...)
	return h.next.Handle(ctx, safe)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return h.with(h.next.WithAttrs(redactAll(attrs)))
}

func (h *handler) WithGroup(name string) slog.Handler {
	return h.with(h.next.WithGroup(name))
}

func (h *handler) with(next slog.Handler) *handler {
	return &handler{next: next, level: h.level, context: h.context}
}
