"""What was proved so far, on disk: an interrupted run goes on from it."""

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
from gowright.matrix.axes import FILE
from gowright.matrix.go_fingerprint import digest_of
from gowright.model.template import PARTS, Template
from gowright.system.process import on_path, run
from gowright.verify.result import Outcome, Result

#: The file's name in the folder of --keep.
KEPT = ".gowright-matrix.json"


def key(template: Template, options: Sequence[str], around: Sequence[str] = ()) -> str:
    """Names what is proved, by what and where: another template, code, option or tool is another key."""
    parts = [template.root / part for part in (*PARTS, FILE)]
    files = [path for part in parts for path in (part, *part.rglob("*")) if path.is_file()]
    code = Path(gowright.__file__).parent
    proofs = [digest_of(template.root, files), digest_of(code, code.rglob("*.py"))]
    return hashlib.sha256(json.dumps([*proofs, *options, *around]).encode()).hexdigest()


def surroundings(template: Template) -> list[str]:
    """What a result depends on beside the template and this package: Go, its linter, and the servers that are named."""
    from gowright.verify.backends import all_backends
    from gowright.verify.children import go_toolchain

    go = go_toolchain.find()
    linter = run(["golangci-lint", "--version"]) if on_path("golangci-lint") else ""
    named = (facts.server.variable for _, facts in all_backends(template) if facts.server)
    return [str(go and go.version), linter, *sorted(name for name in named if os.environ.get(name))]


class State:
    """The results of the variants that passed, kept in a file."""

    def __init__(self, key: str, keep: Path | None = None) -> None:
        self.key = key
        cache = platformdirs.user_cache_path("gowright") / "matrix" / f"{key[:16]}.json"
        self.path = keep / KEPT if keep else cache
        self._proved: dict[str, list[dict[str, Any]]] = {}

    def resume(self) -> Mapping[str, list[Result]]:
        """The results of an earlier run, by variant; none when there was none with this key."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            document = json.loads(self.path.read_text(encoding="utf-8"))
            if document["key"] == self.key:
                self._proved = document["proved"]
        return {
            id: [Result(**{**each, "outcome": Outcome(each["outcome"])}) for each in results]
            for id, results in self._proved.items()
        }

    def passed(self, id: str, results: Sequence[Result]) -> None:
        """Record a variant that passed.

        Raises:
            ToolError: when the file cannot be written.
        """
        self._proved[id] = [asdict(result) for result in results]
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                "w", dir=self.path.parent, prefix=self.path.name, delete=False, encoding="utf-8"
            ) as file:
                json.dump({"key": self.key, "proved": self._proved}, file)
            os.replace(file.name, self.path)
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def forget(self) -> None:
        """Remove the file: there is nothing left to go on with."""
        self.path.unlink(missing_ok=True)
