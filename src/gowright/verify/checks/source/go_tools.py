"""Go's own tools."""

from __future__ import annotations

import shutil
from shlex import join

from gowright.verify.check import Reads, check
from gowright.verify.harness.harness import Harness
from gowright.verify.outcomes import Failed, Skipped

_SHOWN_LINES = 60


@check("format", "gofmt reports no differences", reads=Reads.FILES)
def formatted(harness: Harness) -> str:
    """The files are as gofmt writes them."""
    done = harness.command(harness.go.gofmt, "-l", ".")
    files = [line for line in done.output.splitlines() if not line.startswith("vendor/")]
    if files:
        raise Failed("not formatted:\n" + "\n".join(files), again(harness, "gofmt", "-w", "."))
    return ""


@check("tidy", "go.mod and go.sum are tidy", reads=Reads.FILES)
def tidy(harness: Harness) -> str:
    """The module files are what `go mod tidy` would write."""
    return _clean(harness, ("go", "mod", "tidy", "-diff"), fix=("go", "mod", "tidy"))


@check("modules", "downloaded modules match go.sum", reads=Reads.FILES)
def modules(harness: Harness) -> str:
    """The modules are the ones that go.sum names."""
    return _clean(harness, ("go", "mod", "verify"))


@check("vet", "go vet reports nothing", reads=Reads.FILES)
def vet(harness: Harness) -> str:
    """Nothing is suspicious to go vet."""
    return _clean(harness, ("go", "vet", "./..."))


@check("lint", "golangci-lint reports nothing", reads=Reads.FILES)
def lint(harness: Harness) -> str:
    """golangci-lint finds nothing, by the project's own rules."""
    linter = shutil.which("golangci-lint")
    if linter is None:
        raise Skipped("golangci-lint is not on PATH")
    # Several proofs may run at once; by default the linter refuses to.
    done = harness.command(linter, "run", "--allow-parallel-runners", "./...")
    if done.exit_code != 0:
        raise Failed(last_lines(done.output), again(harness, "golangci-lint", "run", "./..."))
    return ""


@check("build", "the program builds", reads=Reads.FILES)
def build(harness: Harness) -> str:
    """The program builds."""
    size = harness.program.stat().st_size
    return f"{size / 1_000_000:.0f} MB"


def _clean(harness: Harness, command: tuple[str, ...], fix: tuple[str, ...] = ()) -> str:
    done = harness.command(harness.go.binary, *command[1:])
    if done.exit_code != 0:
        raise Failed(last_lines(done.output), again(harness, *(fix or command)))
    return ""


def again(harness: Harness, *command: str) -> str:
    """The command that repeats what failed, for a shell."""
    return f"cd {join([str(harness.project.root)])} && {' '.join(command)}"


def last_lines(output: str) -> str:
    """The end of an output, which says what is wrong."""
    return "\n".join(output.strip().splitlines()[-_SHOWN_LINES:])
