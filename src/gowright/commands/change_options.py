"""How a change of a project is made."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

#: Shows the user that work is in progress while its block runs.
Working = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True)
class Options:
    """How a change is made.

    Attributes:
        dry_run: compute the change, and write nothing.
        patch: also return the change as a patch.
        commit: commit a change without conflicts.
        branch: create this branch first, and commit there.
        what: what the change does, such as "set cache=none"; by default, what differs.
        shell_path: the path of the project from the user's shell, for the printed commands.
        working: shows that work is in progress.
    """

    dry_run: bool = False
    patch: bool = False
    commit: bool = False
    branch: str = ""
    what: str = ""
    shell_path: Path = Path()
    working: Working = lambda _what: nullcontext()

    @property
    def commits(self) -> bool:
        """Report whether a change without conflicts is committed."""
        return self.commit or bool(self.branch)


def shell_path(directory: Path | None, project: Path) -> Path:
    """Return the path of a project from the user's shell, which -C doesn't change."""
    return (directory or Path()) / project
