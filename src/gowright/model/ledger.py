"""The ledger: what a change did with each file of a project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from gowright.system.merge.threeway import Merge
from gowright.system.merge.trees import Entry, Tree


class Fate(StrEnum):
    """What happened to a file, in the order of the ledger."""

    CREATED = "created"
    UPDATED = "updated"
    MERGED = "merged with your edits"
    MOVED = "moved"
    KEPT = "kept as you had it"
    REMOVED = "removed"
    REMOVED_EDITED = "removed though you had edited it"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Line:
    """One file.

    Attributes:
        fate: what happened to it.
        path: where it is now, or was.
        detail: what else a reader must know, or an empty string.
    """

    fate: Fate
    path: str
    detail: str = ""


@dataclass(frozen=True)
class Ledger:
    """What a change did, or would do.

    Attributes:
        project: the name of the project.
        root: its folder.
        release: the release of the template before and after the change.
        answers: the answers that changed, each with the value before and after; None is no answer.
        lines: the files that changed, or stayed against the template, sorted by fate and path.
        notes: what isn't about one file.
        look: the command that shows the change.
        undo: the command that undoes it.
        written: whether it was written.
        committed: the commit with the change, or an empty string.
        branch: the branch that was created, or an empty string.
        patch: the change as a patch, if it was asked for.
    """

    project: str
    root: Path
    release: tuple[str, str]
    answers: Mapping[str, tuple[Any, Any]]
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()
    look: str = ""
    undo: str = ""
    written: bool = False
    committed: str = ""
    branch: str = ""
    patch: bytes = field(default=b"", repr=False)

    def paths(self, *fates: Fate) -> list[str]:
        """The paths with these fates."""
        return [line.path for line in self.lines if line.fate in fates]

    @property
    def conflicts(self) -> list[str]:
        """The files with conflicts."""
        return self.paths(Fate.CONFLICT)

    @property
    def changes(self) -> bool:
        """Report whether any file changes."""
        return any(line.fate is not Fate.KEPT for line in self.lines)

    def as_dict(self) -> dict[str, Any]:
        """The ledger as a JSON object."""
        return {
            "project": self.project,
            "path": str(self.root),
            "release": {"from": self.release[0], "to": self.release[1]},
            "answers": {name: {"from": old, "to": new} for name, (old, new) in self.answers.items()},
            "files": [
                {"path": printable(line.path), "fate": line.fate.name.lower(), "detail": line.detail}
                for line in self.lines
            ],
            "conflicts": [printable(path) for path in self.conflicts],
            "notes": list(self.notes),
            "written": self.written,
            "committed": self.committed,
            "branch": self.branch,
            "look": self.look,
            "undo": self.undo,
            **({"patch": self.patch.decode("utf-8", errors="replace")} if self.patch else {}),
        }


def printable(path: str) -> str:
    """Return a path with bytes that aren't UTF-8 as escapes."""
    return path.encode("utf-8", errors="surrogateescape").decode("utf-8", errors="backslashreplace")


def lines(merge: Merge, commit: str, prefix: str) -> tuple[Line, ...]:
    """Return what a merge does with each file.

    Args:
        merge: the merge.
        commit: the commit that has the files of the team.
        prefix: the folder of the project in the repository.
    """
    found = [*_deletions(merge, commit, prefix), *_kept(merge), *_conflicts(merge), *_changes(merge)]
    order = list(Fate)
    return tuple(sorted(set(found), key=lambda line: (order.index(line.fate), line.path)))


def _deletions(merge: Merge, commit: str, prefix: str) -> Iterator[Line]:
    for old, path in merge.removed.items():
        if merge.ours[path] == merge.base[old] and path == old:
            yield Line(Fate.REMOVED, path)
        else:
            edited = "" if path == old else f"you had renamed it from {old}; "
            yield Line(Fate.REMOVED_EDITED, path, f"{edited}to see it: git show {commit}:{prefix}{path}")


def _kept(merge: Merge) -> Iterator[Line]:
    for path in merge.stay_deleted:
        yield Line(Fate.KEPT, path, "you had deleted it; the template has changed it")
    for path in merge.stay_own:
        yield Line(Fate.KEPT, path, "the template never replaces it; its own version has changed")
    yield from _left_alone(merge)


def _left_alone(merge: Merge) -> Iterator[Line]:
    """Name files that the team added to a folder from which all files of the template are removed."""
    emptied = {_folder(path) for path in merge.removed.values()} - {_folder(path) for path in merge.theirs}
    for path in merge.ours.keys() - merge.base.keys() - merge.our_moves.keys():
        if _folder(path) in emptied and path in merge.tree:
            yield Line(Fate.KEPT, path, "yours; the template's files in this folder are removed")


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _conflicts(merge: Merge) -> Iterator[Line]:
    for path, stages in merge.conflicts.items():
        yield Line(Fate.CONFLICT, path, _problem(stages, merge.tree.get(path)))


def _problem(stages: Mapping[int, Entry], result: Entry | None) -> str:
    if result is None:
        return "both sides renamed it differently"
    if 2 not in stages or 3 not in stages:
        return "it is yours; the template has something else" if 2 in stages else "it is the template's"
    if not (stages[2].is_file and stages[3].is_file):
        return "one side is a link; you have yours"
    if result == stages[2]:
        return "not a text file; you have yours. To take the template's: git checkout --theirs"
    return "both sides changed the same lines" if 1 in stages else "both sides added it"


def _changes(merge: Merge) -> Iterator[Line]:
    gone = merge.ours.keys() - merge.tree.keys() - set(merge.removed.values())
    moved: set[str] = set()
    for path, now in merge.tree.items():
        if path in merge.conflicts:
            continue
        if path in merge.ours:
            if merge.ours[path] != now:
                yield _change(merge, path, now)
            continue
        source = merge.their_moves.get(path, "")
        # Git also moves files along with a folder that the other side has renamed.
        source = (
            source if source in gone else next((old for old in sorted(gone) if merge.ours[old] == now), "")
        )
        if source:
            moved.add(source)
            yield Line(Fate.MOVED, path, f"from {source}{_with_edits(merge, source)}")
        else:
            yield Line(Fate.CREATED, path, _redirected(merge, path, now))
    for path in sorted(gone - moved - merge.conflicts.keys()):
        if not any(merge.their_moves.get(conflict) == path for conflict in merge.conflicts):
            yield Line(Fate.REMOVED, path)


def _change(merge: Merge, path: str, now: Entry) -> Line:
    source = merge.our_moves.get(path, path)
    renamed = f"you renamed it from {source}" if source != path else ""
    if path in merge.resolved:
        return Line(Fate.MERGED, path, "requirement by requirement")
    if merge.ours[path] == merge.base.get(source) and not renamed:
        return Line(Fate.UPDATED, path)
    if merge.theirs.get(path) == now and path not in merge.base:
        return Line(Fate.UPDATED, path, "you had it, with other content")
    if merge.theirs.get(path) == now:
        return Line(Fate.UPDATED, path, "your edits to it are replaced")
    return Line(Fate.MERGED, path, renamed)


def _with_edits(merge: Merge, source: str) -> str:
    return ", with your edits" if merge.ours[source] != merge.base.get(source) else ""


def _redirected(merge: Merge, path: str, now: Entry) -> str:
    """Say where the template has a file that Git created in a folder that the team has renamed."""
    if path in merge.theirs:
        return ""
    origin = next((old for old, entry in merge.theirs.items() if entry == now and old not in merge.tree), "")
    return f"in the folder that you renamed; the template has {origin}" if origin else ""


def changed_paths(before: Tree, after: Tree) -> list[str]:
    """Return the paths that differ between two trees."""
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
