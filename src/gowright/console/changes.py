"""Terminal output of the commands that change, compare, or export."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from rich.text import Text

from gowright.commands.export import Exported
from gowright.console import err, out
from gowright.console.stdout import write_bytes
from gowright.errors import escape
from gowright.model.features import HISTORY
from gowright.model.ledger import Fate, Ledger, printable

#: Answers of many lines: what changes in them is in the notes, and in the files.
_LISTS = (HISTORY, "resources")

_COLORS = {
    Fate.CREATED: "green",
    Fate.UPDATED: "green",
    Fate.MERGED: "green",
    Fate.MOVED: "green",
    Fate.KEPT: "yellow",
    Fate.REMOVED: "yellow",
    Fate.REMOVED_EDITED: "bold red",
    Fate.CONFLICT: "bold red",
}


def ledger(done: Ledger, *, diff: bool) -> None:
    """Print what a change did with each file, and how to look at it and undo it.

    Args:
        done: the ledger.
        diff: whether to print its patch, too.
    """
    before, after = done.release
    out.print(f"{done.project}: release {before}" + (f" -> {after}" if before != after else ""))
    for name, (old, new) in done.answers.items():
        if name not in _LISTS:
            out.print(f"  {name}: {_value(old)} -> {_value(new)}")
    for fate, lines in groupby(done.lines, key=lambda line: line.fate):
        group = list(lines)
        out.print(Text.assemble("\n", (f"{fate.value} ({len(group)})", _COLORS[fate])))
        for line in group:
            detail = f"  {printable(line.detail)}" if line.detail else ""
            out.print(Text.assemble(f"  {printable(line.path)}", (detail, "dim")))
    if done.notes:
        out.print()
    for note in done.notes:
        out.print(Text.assemble(("note: ", "yellow"), note))
    if diff and done.patch:
        out.print()
        patch(done.patch)
    _next(done)


def _next(done: Ledger) -> None:
    if not done.changes:
        out.print("\nNothing to change.")
    elif not done.written:
        conflicts = f"; {_many(len(done.conflicts), 'conflict')} to resolve" if done.conflicts else ""
        err.print(f"\ndry run, nothing was written{conflicts}")
    else:
        out.print()
        if done.conflicts:
            many = _many(len(done.conflicts), "conflict")
            out.print(f"{many} to resolve. Edit the files, and mark them as resolved: git add FILE")
        elif done.committed:
            where = f" on the new branch {done.branch}" if done.branch else ""
            out.print(f"Committed as {done.committed}{where}.")
        out.print(Text.assemble("To look at it:  ", (done.look, "bold")))
        out.print(Text.assemble("To undo it:     ", (done.undo, "bold")))


def patch(content: bytes | str) -> None:
    """Print a patch byte by byte: it can contain any encoding."""
    write_bytes(content.encode(errors="surrogateescape") if isinstance(content, str) else content)


def exported(result: Exported) -> None:
    """Print the releases of an exported repository, and how to publish it."""
    out.print(f"{result.path} has {_many(len(result.releases), 'release')}: {', '.join(result.releases)}")
    out.print("\nTo publish it, push the branch and the tags:\n")
    out.print(Text(f"  git -C {result.path} push URL main --tags", "bold"))
    out.print("\nTo generate projects from it, run gowright new PATH --template URL.")
    out.print("To use it for an existing project, set _src_path in its .copier-answers.yml, and commit.")


def _value(value: Any) -> str:
    return "no answer" if value is None else escape(value, 60)


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
