"""gowright generates Go backend services, verifies them, and keeps them up to date."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gowright.model.ledger import Ledger

__all__ = ["PROJECT_URL", "__version__", "update"]

__version__ = "0.7.0"

#: The project URL, which generated projects record as the source of their template. The domain `.invalid` is reserved
#: (RFC 2606), so that nobody can register it. Set the real URL here and in pyproject.toml.
PROJECT_URL = "https://gowright.invalid/gowright"


def update(
    project: str | PathLike[str],
    *,
    data: Mapping[str, Any] | None = None,
    release: str | None = None,
    dry_run: bool = False,
    commit: bool = False,
    branch: str = "",
) -> Ledger:
    """Update a project that was generated from any Copier template, and keep the edits of its team.

    The project is in a Git work tree without uncommitted changes, and has a `.copier-answers.yml` with `_src_path` and
    `_commit`. The template has no `_tasks`, `_migrations`, or `_jinja_extensions`.

    Args:
        project: the folder of the project.
        data: answers that change, by question.
        release: the tag or commit of the template to update to; by default, the newest release.
        dry_run: compute the change, and write nothing.
        commit: commit a change without conflicts.
        branch: create this branch first, and commit there.

    Returns:
        What happened, file by file. Look at `conflicts`: these files contain the markers of Git.

    Raises:
        gowright.errors.ToolError: if the project can't be updated. Then nothing was touched.
    """
    from pathlib import Path

    from gowright.commands.change_options import Options
    from gowright.commands.update import update as change

    options = Options(dry_run=dry_run, commit=commit, branch=branch, shell_path=Path(project))
    return change(Path(project), data=data, release=release, options=options)
