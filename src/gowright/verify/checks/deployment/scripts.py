"""The shell scripts."""

from __future__ import annotations

from pathlib import Path

from gowright.model.project import Project
from gowright.verify.check import Reads, check
from gowright.verify.checks.source.go_tools import last_lines, repeat_command
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.tools import find_tool
from gowright.verify.outcomes import Failed


def _has_scripts(project: Project) -> bool:
    return (project.root / "scripts").is_dir()


@check("scripts", "shellcheck reports nothing in the scripts", when=_has_scripts, reads=Reads.DEPLOYMENT)
def scripts(harness: Harness) -> str:
    """The linter finds no faults in the shell scripts."""
    found = [path for path in sorted((harness.project.root / "scripts").iterdir()) if _is_shell(path)]
    if not found:
        return "no scripts"
    done = harness.command(find_tool("shellcheck"), *found)
    if done.exit_code != 0:
        raise Failed(last_lines(done.output), repeat_command(harness, "shellcheck", "scripts/*"))
    return f"{len(found)} scripts"


def _is_shell(path: Path) -> bool:
    if not path.is_file():
        return False
    first = path.read_bytes().partition(b"\n")[0]
    return first.startswith(b"#!") and first.endswith(b"sh")
