"""The saved results of passed variants, so that an interrupted run can continue."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import platformdirs

import gowright
from gowright.errors import cannot_write
from gowright.matrix.axes import FILE as MATRIX_FILE
from gowright.matrix.go_fingerprint import digest_of
from gowright.model.template import PARTS, Template
from gowright.system.process import on_path, run
from gowright.verify.result import Outcome, Result

#: The file name in the folder of --keep.
FILE_NAME = ".gowright-matrix.json"


def key(template: Template, options: Sequence[str], environment: Sequence[str] = ()) -> str:
    """Return a hash of everything that the results depend on.

    Args:
        template: the template; its files and the code of this package are hashed.
        options: the command-line options that select variants and checks.
        environment: the tools and servers.
    """
    parts = [template.root / part for part in (*PARTS, MATRIX_FILE)]
    files = [path for part in parts for path in (part, *part.rglob("*")) if path.is_file()]
    code = Path(gowright.__file__).parent
    hashes = [digest_of(template.root, files), digest_of(code, code.rglob("*.py"))]
    return hashlib.sha256(json.dumps([*hashes, *options, *environment]).encode()).hexdigest()


def environment(template: Template) -> list[str]:
    """The Go version, the linter version, and the server variables that are set."""
    from gowright.verify.backends import all_backends
    from gowright.verify.children import go_toolchain

    go = go_toolchain.find()
    linter = run(["golangci-lint", "--version"]) if on_path("golangci-lint") else ""
    named = (facts.server.variable for _, facts in all_backends(template) if facts.server)
    return [str(go and go.version), linter, *sorted(name for name in named if os.environ.get(name))]


class State:
    """The results of passed variants, saved in a file."""

    def __init__(self, key: str, keep: Path | None = None) -> None:
        self.key = key
        cache = platformdirs.user_cache_path("gowright") / "matrix" / f"{key[:16]}.json"
        self.path = keep / FILE_NAME if keep else cache
        self._verified: dict[str, list[dict[str, Any]]] = {}

    def resume(self) -> Mapping[str, list[Result]]:
        """The results of an earlier run, by variant; empty if there's no file with this key."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            saved = json.loads(self.path.read_text(encoding="utf-8"))
            if saved["key"] == self.key:
                self._verified = saved["verified"]
        return {
            id: [Result(**{**each, "outcome": Outcome(each["outcome"])}) for each in results]
            for id, results in self._verified.items()
        }

    def passed(self, id: str, results: Sequence[Result]) -> None:
        """Save the results of a variant.

        Raises:
            ToolError: if the file can't be written.
        """
        self._verified[id] = [asdict(result) for result in results]
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                "w", dir=self.path.parent, prefix=self.path.name, delete=False, encoding="utf-8"
            ) as file:
                json.dump({"key": self.key, "verified": self._verified}, file)
            os.replace(file.name, self.path)
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def remove(self) -> None:
        """Remove the file."""
        self.path.unlink(missing_ok=True)
