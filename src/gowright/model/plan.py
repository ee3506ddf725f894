"""A plan: the files that a command would change in a folder, or has changed."""

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
    """The change of one file; its path is relative and has forward slashes."""

    action: Action
    path: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Changes, sorted by path."""

    changes: tuple[Change, ...]

    @classmethod
    def between(cls, before: Path | None, after: Path) -> Plan:
        """The changes from one tree to another, without `.git`. None is an empty tree."""
        old = dict(_files(before)) if before else {}
        new = dict(_files(after))
        return cls(tuple(Change(_action(old.get(path), new.get(path)), path) for path in sorted(old | new)))

    def paths(self, *actions: Action) -> list[str]:
        """The paths with these actions."""
        return [change.path for change in self.changes if change.action in actions]


def _action(old: Path | None, new: Path | None) -> Action:
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
