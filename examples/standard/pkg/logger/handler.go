package logger

import (
	"io"
	"log/slog"
	"math"

	"go.uber.org/zap/exp/zapslog"
	"go.uber.org/zap/zapcore"
)

// newHandler returns the back end of the log; it writes records of every level.
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

	// A stack trace belongs to a panic, not to every error.
	return zapslog.NewHandler(core, zapslog.AddStacktraceAt(math.MaxInt))
}
