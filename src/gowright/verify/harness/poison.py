"""A program that panics during a request.

No route panics on purpose. Therefore, the program is built again with a copy of google/uuid that panics when it
parses one specific ID. The code of the project stays unchanged; only a second go.mod outside the project names
the copy.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from platformdirs import user_cache_path

from gowright.verify.children.processes import Finished
from gowright.verify.outcomes import Skipped

_MODULE = "github.com/google/uuid"
#: The ID that makes the program panic.
POISON = "0badc0de-0000-7000-8000-00000badc0de"
#: The message of the panic.
WORD = "verify-made-this-panic"
_FUNCTION = "func Parse(s string) (UUID, error) {"
_INJECTED = f'\tif s == "{POISON}" {{\n\t\tpanic("{WORD}")\n\t}}'


def poison_flags(root: Path, directory: Path, go: Callable[..., Finished]) -> tuple[str, ...]:
    """Return the flags of go build for a program that panics on one ID.

    Args:
        root: the folder of the project.
        directory: where the second go.mod goes.
        go: runs Go in the project with arguments.

    Raises:
        Skipped: if the project doesn't use the package.
    """
    # This downloads the module if it's missing.
    found = go("mod", "download", "-json", _MODULE)
    source = Path(json.loads(found.output)["Dir"] if found.exit_code == 0 else "")
    if found.exit_code != 0 or not (source / "uuid.go").is_file():
        raise Skipped(f"the project does not use {_MODULE}, in which the panic is injected")
    text = (source / "uuid.go").read_text(encoding="utf-8")
    if _FUNCTION not in text:
        raise Skipped(f"{_MODULE} has no {_FUNCTION!r} to inject the panic into")
    copy = _copied(source, text.replace(_FUNCTION, f"{_FUNCTION}\n{_INJECTED}", 1))
    modfile = directory / "panic.mod"
    modfile.write_text(f"{(root / 'go.mod').read_text()}\nreplace {_MODULE} => {copy}\n")
    shutil.copyfile(root / "go.sum", modfile.with_suffix(".sum"))
    return ("-mod=mod", f"-modfile={modfile}")


def _copied(source: Path, uuid_go: str) -> Path:
    """Copy the package, always to the same path, so that Go's build cache can reuse it."""
    digest = hashlib.sha256(uuid_go.encode()).hexdigest()[:16]
    target = user_cache_path("gowright") / f"uuid-that-panics-{digest}"
    if not target.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as fresh:
            # Not with shutil.copytree, because the files of the module cache are read-only.
            copy = Path(fresh) / "uuid"
            copy.mkdir()
            for file in (file for file in source.glob("*") if file.suffix in (".go", ".mod")):
                (copy / file.name).write_bytes(file.read_bytes())
            (copy / "uuid.go").write_text(uuid_go, encoding="utf-8")
            # Another process might have created it in the meantime.
            with contextlib.suppress(OSError):
                copy.rename(target)
    return target
