"""Static analysis of the Go code."""

from __future__ import annotations

from gowright.verify.check import Reads, check
from gowright.verify.checks.source.go_tools import go_command, last_lines, repeat_command
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.tools import built_with, find_tool
from gowright.verify.outcomes import Failed, Skipped


@check("modules", "downloaded modules match go.sum", reads=Reads.FILES)
def modules(harness: Harness) -> str:
    """The modules match go.sum."""
    return go_command(harness, ("go", "mod", "verify"))


@check("vet", "go vet reports nothing", reads=Reads.FILES)
def vet(harness: Harness) -> str:
    """The command go vet reports nothing."""
    return go_command(harness, ("go", "vet", "./..."))


@check("lint", "golangci-lint reports nothing", reads=Reads.FILES)
def lint(harness: Harness) -> str:
    """golangci-lint reports nothing with the configuration of the project."""
    linter = find_tool("golangci-lint")
    # An older one can't read the standard library.
    built = built_with(harness.command(linter, "--version").output)
    if built and built < harness.go.version[:2]:
        raise Skipped(f"golangci-lint is built with Go {built[0]}.{built[1]}, older than the Go in use")
    # Several projects can be verified at once; by default, the linter refuses to run in parallel.
    done = harness.command(linter, "run", "--allow-parallel-runners", "./...")
    if done.exit_code != 0:
        raise Failed(last_lines(done.output), repeat_command(harness, "golangci-lint", "run", "./..."))
    return ""
