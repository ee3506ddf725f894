"""Go tools."""

from __future__ import annotations

from shlex import join

from gowright.verify.check import Reads, check
from gowright.verify.harness.harness import Harness
from gowright.verify.outcomes import Failed

_MAX_LINES = 60


@check("format", "gofmt reports no differences", reads=Reads.FILES)
def formatted(harness: Harness) -> str:
    """The files are formatted with gofmt."""
    done = harness.command(harness.go.gofmt, "-l", ".")
    files = [line for line in done.output.splitlines() if not line.startswith("vendor/")]
    if files:
        raise Failed("not formatted:\n" + "\n".join(files), repeat_command(harness, "gofmt", "-w", "."))
    return ""


@check("tidy", "go.mod and go.sum are tidy", reads=Reads.FILES)
def tidy(harness: Harness) -> str:
    """`go mod tidy` changes nothing."""
    return go_command(harness, ("go", "mod", "tidy", "-diff"), fix=("go", "mod", "tidy"))


@check("build", "the program builds", reads=Reads.FILES)
def build(harness: Harness) -> str:
    """The program builds."""
    size = harness.program.stat().st_size
    return f"{size / 1_000_000:.0f} MB"


def go_command(harness: Harness, command: tuple[str, ...], fix: tuple[str, ...] = ()) -> str:
    """Run a command of Go that must succeed; `fix` is the command that repairs what it reports."""
    done = harness.command(harness.go.binary, *command[1:])
    if done.exit_code != 0:
        raise Failed(last_lines(done.output), repeat_command(harness, *(fix or command)))
    return ""


def repeat_command(harness: Harness, *command: str) -> str:
    """The shell command that repeats a step."""
    return f"cd {join([str(harness.project.root)])} && {' '.join(command)}"


def last_lines(output: str) -> str:
    """The end of an output, which contains the errors."""
    return "\n".join(output.strip().splitlines()[-_MAX_LINES:])
