"""A panic during a request.

No route panics on purpose. For this check, the program is built again with a copy of google/uuid that panics
when it parses one specific ID. The code of the project stays unchanged; only a second go.mod outside the
project names the copy.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import tempfile
from pathlib import Path

from platformdirs import user_cache_path

from gowright.verify.check import check
from gowright.verify.checks.conditions import resources
from gowright.verify.harness.client import Client
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.running import RunningService
from gowright.verify.outcomes import Failed, Skipped

_MODULE = "github.com/google/uuid"
_POISON = "0badc0de-0000-7000-8000-00000badc0de"
_WORD = "verify-made-this-panic"
_FUNCTION = "func Parse(s string) (UUID, error) {"
_INJECTED = f'\tif s == "{_POISON}" {{\n\t\tpanic("{_WORD}")\n\t}}'


@check("panic", "a panic becomes a problem response and the service continues", when=resources)
def panics(harness: Harness) -> str:
    """A panic becomes a problem response, is logged, and doesn't stop the service."""
    with harness.run_service(program=_poisoned(harness)) as running:
        for resource in running.resources:
            path = f"{resource.path}/{_POISON}"
            for method in ("GET", "DELETE"):
                _survives(running, running.caller(), method, path)
            # The next request can use the same keep-alive connection.
            running.create(resource)
        records = running.process.lines
        if not any(_WORD in line and "uuid" in line for line in records):
            raise Failed("the panic and its stack are not in the log")
    return "500 problem, alive"


def _survives(running: RunningService, client: Client, method: str, path: str) -> None:
    response = client.call(method, path, 500, why="a panic in its handler")
    problem = client.problem(method, path, 500, why="a panic in its handler")
    text = response.text
    for leak in (_WORD, "goroutine", ".go:", "runtime."):
        if leak in text:
            raise Failed(f"{method} {path}: the response reveals the panic ({leak}): {text[:300]}")
    if not problem.get("request_id"):
        raise Failed(f"{method} {path}: the problem has no request_id: {problem}")
    running.anonymous.call("GET", "/livez", 200, why="after a panic")
    if running.process.exit_code is not None:
        raise Failed(f"the service exited with code {running.process.exit_code} after a panic")


def _poisoned(harness: Harness) -> Path:
    """Build the program with a uuid package that panics on one ID."""
    go, root = harness.go.binary, harness.project.root
    # This downloads the module if it's missing.
    found = harness.command(go, "mod", "download", "-json", _MODULE)
    source = Path(json.loads(found.output)["Dir"] if found.exit_code == 0 else "")
    if found.exit_code != 0 or not (source / "uuid.go").is_file():
        raise Skipped(f"the project does not use {_MODULE}, in which the panic is injected")
    text = (source / "uuid.go").read_text(encoding="utf-8")
    if _FUNCTION not in text:
        raise Skipped(f"{_MODULE} has no {_FUNCTION!r} to inject the panic into")
    copy = _copied(source, text.replace(_FUNCTION, f"{_FUNCTION}\n{_INJECTED}", 1))
    modfile = harness.processes.directory / "panic.mod"
    modfile.write_text(f"{(root / 'go.mod').read_text()}\nreplace {_MODULE} => {copy}\n")
    shutil.copyfile(root / "go.sum", modfile.with_suffix(".sum"))
    return harness.build("server-that-panics", "-mod=mod", f"-modfile={modfile}")


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
