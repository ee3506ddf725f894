"""Writes a change to a project, on a new branch and as a commit if that is asked for."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from gowright.commands.change_options import Options
from gowright.errors import BadAnswer, ToolError, escape
from gowright.model.features import HISTORY
from gowright.model.ledger import Ledger
from gowright.system import git
from gowright.system.merge import journal
from gowright.system.merge.repository import Repository
from gowright.system.merge.store import Store
from gowright.system.merge.threeway import Merge


def write_change(store: Store, merged: Merge, ledger: Ledger, head: str, options: Options) -> Ledger:
    """Write a merge to the work tree and the index, and return the completed ledger.

    Args:
        store: the store of the merge.
        merged: the merge.
        ledger: what the merge does.
        head: the current commit.
        options: how the change is made.

    Raises:
        ToolError: if it can't be written.
    """
    repository = store.repository
    what = options.what or summary(ledger)
    planned = journal.Change(what, merged.ours, merged.tree, merged.conflicts, options.branch)
    store.publish(_objects(planned))
    here = _git_command(options.shell_path)
    undo = undo_command(repository, here, options.branch)
    edited = journal.write(repository, planned)
    notes = tuple(f"you have edited {path} meanwhile; it has none of the changes" for path in edited)
    ledger = replace(
        ledger,
        written=True,
        notes=ledger.notes + notes,
        branch=options.branch,
        look=f"{here} diff HEAD",
        undo=undo,
    )
    return (
        _committed(repository, ledger, what, head, here)
        if options.commits and not ledger.conflicts
        else ledger
    )


def _objects(planned: journal.Change) -> Iterator[str]:
    for path in planned.paths():
        entries = [*planned.conflicts.get(path, {}).values()]
        entries += [planned.after[path]] if path in planned.after else []
        yield from (entry.id for entry in entries if entry.mode != "160000")


def _committed(repository: Repository, ledger: Ledger, what: str, head: str, here: str) -> Ledger:
    """Commit as the user would, with hooks and signature. A failure is a note: the files are written."""
    try:
        git.git_bytes(
            ["commit", "--quiet", "--message", f"chore: {what}", "--message", _listing(ledger)],
            cwd=repository.top,
            hooks=True,
        )
    except ToolError as error:
        return replace(ledger, notes=(*ledger.notes, f"not committed: {error.why}"))
    undo = _leave(here, ledger.branch) if ledger.branch else f"{here} reset --hard {head}"
    return replace(ledger, committed=repository.head(), look=f"{here} show", undo=undo)


def _listing(ledger: Ledger) -> str:
    """What differs, for the message of a commit."""
    answers = [f"{name}: {_short(old)} -> {_short(new)}" for name, (old, new) in ledger.answers.items()]
    return "\n".join([f"Template release {ledger.release[0]} -> {ledger.release[1]}", *answers])


def summary(ledger: Ledger) -> str:
    """Return what a change does, in a few words."""
    if ledger.release[0] != ledger.release[1]:
        return f"update from gowright {ledger.release[0]} to {ledger.release[1]}"
    names = [f"{name}={_short(new)}" for name, (_, new) in ledger.answers.items() if name != HISTORY]
    return f"set {' '.join(names)} with gowright {ledger.release[1]}" if names else "update"


def _short(value: Any) -> str:
    return "none" if value is None else escape(value if isinstance(value, str) else "...", 60)


def _git_command(shell_path: Path) -> str:
    return "git" if shell_path == Path() else f"git -C {shlex.quote(str(shell_path))}"


def undo_command(repository: Repository, here: str = "git", branch: str = "") -> str:
    """Return the command that restores the committed state of the project, and of nothing else.

    Args:
        repository: the repository of the project.
        here: the command that runs git in the project.
        branch: the new branch that is checked out, which the command deletes.
    """
    restore = "restore --source=HEAD --staged --worktree -- ." if repository.prefix else "reset --hard"
    return f"{here} {restore}" + (f" && {_leave(here, branch)}" if branch else "")


def _leave(here: str, branch: str) -> str:
    return f"{here} switch - && {here} branch -D {shlex.quote(branch)}"


def refuse_branch(repository: Repository, branch: str) -> None:
    """Refuse the name of a new branch if it's invalid, or Git can't create it.

    Raises:
        ToolError: if it is.
    """
    try:
        git.git(["check-ref-format", "--branch", branch], cwd=repository.top)
    except ToolError as error:
        raise BadAnswer(
            "bad-branch",
            f"--branch: {escape(branch)} is not a name for a branch",
            why="see git help check-ref-format",
            fix="pass another name, such as gowright-update",
        ) from error
    repository.refuse_new_branch(branch)
