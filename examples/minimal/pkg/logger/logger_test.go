package logger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/stretchr/testify/require"
)

func lines(t *testing.T, log *bytes.Buffer) []map[string]any {
	t.Helper()
	var all []map[string]any
	for decoder := json.NewDecoder(log); ; {
		var line map[string]any
		err := decoder.Decode(&line)
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		all = append(all, line)
	}
}

func TestHandlerConformsToSlog(t *testing.T) {
	var log bytes.Buffer
	handler := New(&log, Config{}).Handler()

	err := slogtest.TestHandler(handler, func() []map[string]any { return lines(t, &log) })

	require.NoError(t, err)
}

func TestLineHasStandardFields(t *testing.T) {
	var log bytes.Buffer
	New(&log, Config{}).Warn("slow", "took", 1500*time.Millisecond, "error", errors.New("late"), "count", 3)

	line := lines(t, &log)[0]
	_, err := time.Parse(time.RFC3339Nano, line["time"].(string))
	require.NoError(t, err)
	delete(line, "time")
	require.Equal(t, map[string]any{
		"level": "WARN",
		"msg":   "slow",
		"took":  "1.5s",
		"error": "late",
		"count": 3.0,
	}, line)
}

func TestRecordIsWrittenAsOneLine(t *testing.T) {
	var log bytes.Buffer
	New(&log, Config{}).Info("first\nsecond", "path", "/a\r\n{\"level\":\"ERROR\"}")

	require.Equal(t, 1, bytes.Count(log.Bytes(), []byte("\n")))
	require.Equal(t, "first\nsecond", lines(t, &log)[0]["msg"])
}

func TestEmptyGroupIsOmitted(t *testing.T) {
	var log bytes.Buffer
	New(&log, Config{}).WithGroup("empty").Info("hello", slog.Group("inner"))

	require.NotContains(t, lines(t, &log)[0], "empty")
}

func TestLevelFiltersRecords(t *testing.T) {
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
		log := New(io.Discard, Config{Level: level})

		require.True(t, log.Enabled(t.Context(), level))
		require.False(t, log.Enabled(t.Context(), level-4))
	}
}

func TestContextAddsAttributes(t *testing.T) {
	type key struct{}
	var log bytes.Buffer
	logger := New(&log, Config{Context: func(ctx context.Context) []slog.Attr {
		return []slog.Attr{slog.Any("request_id", ctx.Value(key{}))}
	}})

	logger.InfoContext(context.WithValue(t.Context(), key{}, "r1"), "hello")

	require.Equal(t, "r1", lines(t, &log)[0]["request_id"])
}

func TestSensitiveValuesAreRedacted(t *testing.T) {
	var log bytes.Buffer
	logger := New(&log, Config{}).With("Authorization", "hunter2", slog.Group("user", "new_password", "hunter2"))

	logger.Info("sign-in",
		"refresh_token", "hunter2",
		"Set-Cookie", "hunter2",
		"X-Api-Key", "hunter2",
		"request", slog.GroupValue(slog.String("secret", "hunter2")),
		"key", "task:1",
		"tokens", 3,
	)

	text := log.String()
	line := lines(t, &log)[0]
	require.NotContains(t, text, "hunter2")
	require.Equal(t, "[redacted]", line["refresh_token"])
	require.Equal(t, "task:1", line["key"])
	require.InDelta(t, 3, line["tokens"], 0)
}

func BenchmarkLogger(b *testing.B) {
	log := New(io.Discard, Config{})
	b.ReportAllocs()
	for b.Loop() {
		log.Info("request", "method", "GET", "route", "/api/v1/things/{id}", "status", 200, "took", time.Millisecond, "bytes", 512)
	}
}
