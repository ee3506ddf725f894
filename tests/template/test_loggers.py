"""All loggers write the same lines."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gowright.model.template import Template
from tests.helpers import ROOT

#: Other tests know nobody's home; Go's caches are in ours.
GO_ENVIRONMENT = {**os.environ, "GOFLAGS": "-mod=mod", "GOWORK": "off", "GOTOOLCHAIN": "local"}

BACK_ENDS = ("zap", "logrus", "slog")

PROGRAM = """\
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	logruslog "example.com/loggers/logrus"
	sloglog "example.com/loggers/slog"
	zaplog "example.com/loggers/zap"
)

type key struct{}

func attrs(ctx context.Context) []slog.Attr {
	if id, ok := ctx.Value(key{}).(string); ok {
		return []slog.Attr{slog.String("request_id", id)}
	}
	return nil
}

type account struct{ name, password string }

func (a account) LogValue() slog.Value {
	return slog.GroupValue(slog.String("name", a.name), slog.String("password", a.password))
}

type late struct{ by time.Duration }

func (l late) LogValue() slog.Value { return slog.DurationValue(l.by) }

type fault struct{ why string }

func (f *fault) Error() string { return f.why }

func write(log *slog.Logger) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.FixedZone("", 3600))
	log.Debug("debug")
	log.Info("info")
	log.Warn("warn")
	log.Error("error", "error", fmt.Errorf("wrapped: %w", errors.New("inner")))
	log.Error("an error that is nothing", "error", (*fault)(nil), "a", 1)
	log.Info("")
	log.Info("text", "quoted", `"<a href='x'>" & \\ `, "lines", "a\\nb\\r\\x1b[31m", "accents", "é注文🛒\\u2028")
	log.Info("numbers", "int", -1, "uint", uint64(1<<63), "float", 1.5, "whole", 2.0, "bool", true, "small", 1e-9)
	log.Info("times", "took", 1500*time.Millisecond, "zero", time.Duration(0), "at", at, "utc", at.UTC())
	log.Info("values", "nil", nil, "list", []string{"a", "<b>"}, "object", map[string]any{"a": 1}, "bytes", []byte("abc"),
		"struct", struct{ A int }{1})
	log.Info("valuers", "account", account{"ann", "hunter2"}, "late", late{time.Second})
	log.Info("secrets", "password", "hunter2", "user", slog.GroupValue(slog.String("new_password", "hunter2")))
	log.Info("groups", slog.Group("a", "b", 1, slog.Group("c", "took", time.Second, "error", errors.New("deep"))))
	log.Info("empty groups", slog.Group("a"), slog.Group("b", slog.Group("c")), "d", 1)
	log.Info("inlined", slog.Group("", "a", 1, slog.Group("", "b", 2)))
	log.Info("no attribute", slog.Attr{}, "a", 1)
	log.Info("odd", "key")
	log.With("a", 1).With("b", errors.New("with")).Info("with", "c", 3)
	log.WithGroup("g").Info("empty")
	log.With("a", 1).WithGroup("g").Info("group", "b", 2)
	log.With("a", 1).WithGroup("g").With("b", 2).WithGroup("h").Info("nested", "c", 3, "token", "hunter2")
	log.WithGroup("g").With("b", 2).WithGroup("h").Info("nothing inside")
	one := log.With("shared", 1)
	one.With("first", 1).Info("siblings")
	one.With("second", 2).Info("siblings")
	log.InfoContext(context.WithValue(context.Background(), key{}, "r1"), "context")
	log.WithGroup("g").InfoContext(context.WithValue(context.Background(), key{}, "r1"), "context in a group")
}

func main() {
	lines := map[string][]string{}
	for name, open := range map[string]func(io.Writer) *slog.Logger{
		"zap":    func(w io.Writer) *slog.Logger { return zaplog.New(w, zaplog.Config{Level: slog.LevelDebug, Context: attrs}) },
		"logrus": func(w io.Writer) *slog.Logger { return logruslog.New(w, logruslog.Config{Level: slog.LevelDebug, Context: attrs}) },
		"slog":   func(w io.Writer) *slog.Logger { return sloglog.New(w, sloglog.Config{Level: slog.LevelDebug, Context: attrs}) },
	} {
		var written bytes.Buffer
		write(open(&written))
		lines[name] = strings.Split(strings.TrimSpace(written.String()), "\\n")
	}
	_ = json.NewEncoder(os.Stdout).Encode(lines)
}
"""


def render_loggers(into: Path, scratch: Path) -> None:
    """One module with the package pkg/logger of each back end, beside a program that uses them all."""
    for name in BACK_ENDS:
        project = scratch / name
        Template.head().render({"project_name": "shop", "logger": name, "resources": []}, project)
        shutil.copytree(project / "pkg" / "logger", into / name)
    _, versions = (ROOT / "lock" / "go.mod").read_text(encoding="utf-8").split("\n", 1)
    (into / "go.mod").write_text(f"module example.com/loggers\n{versions}", encoding="utf-8")
    shutil.copy(ROOT / "lock" / "go.sum", into)
    (into / "main.go").write_text(PROGRAM, encoding="utf-8")


@pytest.mark.go
def test_every_logger_writes_the_same_lines(tmp_path: Path) -> None:
    module = tmp_path / "loggers"
    module.mkdir()
    render_loggers(module, tmp_path)
    done = subprocess.run(
        ["go", "run", "."], cwd=module, env=GO_ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    written = {
        name: [{**json.loads(line), "time": "masked"} for line in lines]
        for name, lines in json.loads(done.stdout).items()
    }
    assert set(written) == set(BACK_ENDS)
    assert len(written["slog"]) > 20
    assert "hunter2" not in done.stdout
    for name in BACK_ENDS:
        for line, expected in zip(written[name], written["slog"], strict=True):
            assert line == expected, name


@pytest.mark.go
@pytest.mark.parametrize("name", BACK_ENDS)
def test_the_generated_tests_of_the_logger_pass(name: str, tmp_path: Path) -> None:
    module = tmp_path / "loggers"
    module.mkdir()
    render_loggers(module, tmp_path)
    done = subprocess.run(
        ["go", "test", f"./{name}"],
        cwd=module,
        env=GO_ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
