package logger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
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

func TestContextStaysAtTheTopLevel(t *testing.T) {
	var log bytes.Buffer
	logger := New(&log, Config{Context: func(context.Context) []slog.Attr {
		return []slog.Attr{slog.String("request_id", "r1")}
	}})

	outer := logger.With("a", 1).WithGroup("outer").With("b", 2)
	outer.WithGroup("inner").With("password", "hunter2").Info("nested", "c", 3)
	outer.WithGroup("empty").Info("empty")
	outer.Info("outer", "d", 4)

	all := lines(t, &log)
	for _, line := range all {
		require.Equal(t, "r1", line["request_id"])
		require.InDelta(t, 1, line["a"], 0)
	}
	require.Equal(t, map[string]any{"b": 2.0, "inner": map[string]any{"password": "[redacted]", "c": 3.0}}, all[0]["outer"])
	require.Equal(t, map[string]any{"b": 2.0}, all[1]["outer"])
	require.Equal(t, map[string]any{"b": 2.0, "d": 4.0}, all[2]["outer"])
}

func TestSensitiveKeys(t *testing.T) {
	for _, key := range []string{
		"password", "new_password", "PASSWORD", "passwordHash", "password_hash", "passwd", "passphrase",
		"accessToken", "refresh_token", "token_value", "tokens", "clientSecret", "client-secret",
		"Authorization", "Proxy-Authorization", "Set-Cookie", "credentials_json",
		"apikey", "apiKey", "X-Api-Key", "session_key", "signingKey", "APIKey", "private.key", "privateKeyPEM",
		"jwt", "idJWT", "jwt_value",
	} {
		require.True(t, sensitive(key), key)
	}
	for _, key := range []string{"key", "Key", "keys", "monkey", "route", "request_id", "keyboard", "user_keyboard", ""} {
		require.False(t, sensitive(key), key)
	}
}

type account struct {
	Name         string
	ClientSecret string
	Headers      http.Header `json:"headers"`
	Attempts     int
	Nested       []map[string]any
}

func TestStructuresAreRedacted(t *testing.T) {
	var log bytes.Buffer
	value := account{
		Name:         "ann",
		ClientSecret: "hunter2",
		Headers:      http.Header{"Authorization": {"Bearer hunter2"}, "Accept": {"text/html"}},
		Attempts:     3,
		Nested:       []map[string]any{{"accessToken": "hunter2", "token_ttl": 5, "note": "uses swordfish"}},
	}

	New(&log, Config{Secrets: []string{"swordfish"}}).Info("x", "account", value, "pointer", &value, "headers", value.Headers, "list", []account{value})

	require.NotContains(t, log.String(), "hunter2")
	require.NotContains(t, log.String(), "swordfish")
	line := lines(t, &log)[0]
	require.Equal(t, line["account"], line["pointer"])
	require.Equal(t, map[string]any{
		"Name":         "ann",
		"ClientSecret": "[redacted]",
		"headers":      map[string]any{"Authorization": "[redacted]", "Accept": []any{"text/html"}},
		"Attempts":     3.0,
		"Nested":       []any{map[string]any{"accessToken": "[redacted]", "token_ttl": 5.0, "note": "uses [redacted]"}},
	}, line["account"])
}

func TestSignedTokensAreRedacted(t *testing.T) {
	var log bytes.Buffer
	New(&log, Config{}).Info("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl.", "path", "/eyJhbGciOiJIUzI1NiJ9.e30.", "word", "eyJ.a.b")

	line := lines(t, &log)[0]
	require.Equal(t, "got [redacted].", line["msg"])
	require.Equal(t, "/[redacted]", line["path"])
	require.Equal(t, "eyJ.a.b", line["word"])
}

type broken struct{}

func (*broken) Error() string { panic("swordfish") }

func TestKnownSecretsAreReplaced(t *testing.T) {
	var log bytes.Buffer
	logger := New(&log, Config{Secrets: []string{"swordfish", "swordfish-2", "short", "swordfish"}})
	u, err := url.Parse("scheme://shop:other@db/shop?x=swordfish")
	require.NoError(t, err)

	logger.With("dsn", "a swordfish b").WithGroup("g").With("e", errors.New("swordfish, again")).Error(
		"cannot connect as swordfish-2",
		"error", fmt.Errorf("connect: %w", errors.New("password=swordfish")),
		slog.Group("inner", "value", "swordfish"),
		"bytes", []byte("swordfish"),
		"url", u,
		"broken", (*broken)(nil),
		"function", struct{ F func() }{},
		"short", "short",
	)

	require.NotContains(t, log.String(), "swordfish")
	require.NotContains(t, log.String(), "other@")
	line := lines(t, &log)[0]
	require.Equal(t, "cannot connect as [redacted]", line["msg"])
	group := line["g"].(map[string]any)
	require.Equal(t, "connect: password=[redacted]", group["error"])
	require.Equal(t, "[redacted], again", group["e"])
	require.Equal(t, "short", group["short"])
	require.Equal(t, "!PANIC: *logger.broken", group["broken"])
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
