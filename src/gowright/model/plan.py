"""What a command would do to a folder, or has done: a list of changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Action(StrEnum):
    """What happens to a file."""

    CREATE = "create"
    MODIFY = "modify"
    DELETE = "delete"
    IDENTICAL = "identical"


@dataclass(frozen=True, slots=True)
class Change:
    """One file of a plan; its path is relative, with slashes."""

    kind: Action
    path: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Changes in the order of their paths."""

    changes: tuple[Change, ...]

    @classmethod
    def between(cls, before: Path | None, after: Path) -> Plan:
        """What turns one tree into another; None is an empty tree. `.git` belongs to neither."""
        old = dict(_files(before)) if before else {}
        new = dict(_files(after))
        return cls(tuple(Change(_kind(old.get(path), new.get(path)), path) for path in sorted(old | new)))

    def paths(self, *kinds: Action) -> list[str]:
        """The paths that these kinds of change touch."""
        return [change.path for change in self.changes if change.kind in kinds]


def _kind(old: Path | None, new: Path | None) -> Action:
    if old is None:
        return Action.CREATE
    if new is None:
        return Action.DELETE
    return Action.IDENTICAL if _content(old) == _content(new) else Action.MODIFY


def _content(path: Path) -> tuple[object, bool]:
    if path.is_symlink():
        return path.readlink(), False
    return path.read_bytes(), bool(path.stat().st_mode & 0o100)


def _files(root: Path) -> Iterator[tuple[str, Path]]:
    for path in root.rglob("*"):
        relative = path.relative_to(root)
        if relative.parts[0] != ".git" and (path.is_symlink() or path.is_file()):
            yield relative.as_posix(), path
