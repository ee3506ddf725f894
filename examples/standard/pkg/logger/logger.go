// Package logger creates the structured logger of the service. It writes JSON
// lines, adds attributes from the request context, and redacts secrets. The
// rest of the service uses log/slog and does not depend on the backend.
package logger

import (
	"context"
	"io"
	"log/slog"
	"math"
	"slices"

	"go.uber.org/zap/exp/zapslog"
	"go.uber.org/zap/zapcore"
)

// Config configures a logger.
type Config struct {
	// Level is the minimum level that is logged.
	Level slog.Level

	// Context returns attributes from a context to add to each record logged
	// with it. If nil, no attributes are added.
	Context func(ctx context.Context) []slog.Attr

	// Secrets are replaced wherever they occur, see Scrubber.
	Secrets []string
}

// New returns a logger that writes JSON lines to w. Lines are not buffered, so
// none are lost if the process crashes.
func New(w io.Writer, cfg Config) *slog.Logger {
	if cfg.Context == nil {
		cfg.Context = func(context.Context) []slog.Attr { return nil }
	}
	return slog.New(&handler{
		next:     newHandler(w),
		level:    cfg.Level,
		context:  cfg.Context,
		redactor: redactor{known: Scrubber(cfg.Secrets)},
	})
}

// handler drops records below its level, redacts secrets, and adds the
// attributes of the context.
type handler struct {
	next     slog.Handler
	level    slog.Level
	context  func(ctx context.Context) []slog.Attr
	redactor redactor

	// groups are the open groups, the outermost first. The handler adds them
	// itself, because the attributes of the context stay outside of them.
	groups []group
}

// group is an open group with its attributes.
type group struct {
	name  string
	attrs []slog.Attr
}

func (h *handler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.level
}

func (h *handler) Handle(ctx context.Context, record slog.Record) error {
	safe := slog.NewRecord(record.Time, record.Level, h.redactor.text(record.Message), record.PC)
	if len(h.groups) == 0 {
		record.Attrs(func(attr slog.Attr) bool {
			safe.AddAttrs(h.redactor.attr(attr))
			return true
		})
	} else {
		safe.AddAttrs(h.grouped(record)...)
	}
	safe.AddAttrs(h.context(ctx)...)
	return h.next.Handle(ctx, safe)
}

// grouped returns the attributes of a record in the open groups.
func (h *handler) grouped(record slog.Record) []slog.Attr {
	attrs := make([]slog.Attr, 0, record.NumAttrs())
	record.Attrs(func(attr slog.Attr) bool {
		attrs = append(attrs, h.redactor.attr(attr))
		return true
	})
	for _, group := range slices.Backward(h.groups) {
		attrs = slices.Concat(group.attrs, attrs)
		if len(attrs) > 0 {
			attrs = []slog.Attr{slog.GroupAttrs(group.name, attrs...)}
		}
	}
	return attrs
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := *h
	safe := h.redactor.attrs(attrs)
	if len(h.groups) == 0 {
		with.next = h.next.WithAttrs(safe)
		return &with
	}
	with.groups = slices.Clone(h.groups)
	last := &with.groups[len(with.groups)-1]
	last.attrs = slices.Concat(last.attrs, safe)
	return &with
}

func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	with := *h
	with.groups = append(slices.Clone(h.groups), group{name: name})
	return &with
}

// newHandler returns the logging backend. It writes records of all levels.
func newHandler(w io.Writer) slog.Handler {
	encoder := zapcore.NewJSONEncoder(zapcore.EncoderConfig{
		TimeKey:        slog.TimeKey,
		LevelKey:       slog.LevelKey,
		MessageKey:     slog.MessageKey,
		EncodeTime:     zapcore.RFC3339NanoTimeEncoder,
		EncodeLevel:    zapcore.CapitalLevelEncoder,
		EncodeDuration: zapcore.StringDurationEncoder,
	})
	core := zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(w)), zapcore.DebugLevel)

	// Stack traces are useful for panics, not for every error.
	return zapslog.NewHandler(core, zapslog.AddStacktraceAt(math.MaxInt))
}
