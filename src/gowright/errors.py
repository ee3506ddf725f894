"""How a command ends: exit codes, and errors that say what, why and the way out."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path

from gowright import PROJECT_URL

#: Where unexpected errors are reported.
ISSUES = f"{PROJECT_URL}/issues"


class Exit(IntEnum):
    """What the exit code of every command means."""

    DONE = 0
    NO = 1
    USAGE = 2
    PRECONDITION = 3
    CONFLICTS = 4
    INTERRUPTED = 130


class ToolError(Exception):
    """Something that the user can mend.

    `code` names the problem for programs, `what` says it, `why` gives the rule or the cause, and
    `fix` the way out; each is one line. The edge prints them, an error never prints itself.
    """

    exit = Exit.PRECONDITION

    def __init__(self, code: str, what: str, *, why: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.why = why
        self.fix = fix

    def document(self) -> dict[str, dict[str, str]]:
        """The error as the JSON document that stands in for the result."""
        return {"error": {"code": self.code, "what": self.what, "why": self.why, "fix": self.fix}}


class BadAnswer(ToolError):
    """An answer, a flag or an argument is not acceptable."""

    exit = Exit.USAGE


def cannot_write(path: Path, error: OSError) -> ToolError:
    """The error for a file system that refused to write at path."""
    fixes = {
        errno.ENOSPC: "free some space, or generate on another disk",
        errno.EDQUOT: "free some space, or generate on another disk",
        errno.EACCES: "choose a folder that you may write to",
        errno.EPERM: "choose a folder that you may write to",
        errno.EROFS: "choose a folder that is not mounted read-only",
        errno.ENAMETOOLONG: "choose a shorter path",
    }
    return ToolError(
        "cannot-write",
        f"cannot write {escape_path(path)}",
        why=escape((error.strerror or str(error)).lower(), 300),
        fix=fixes.get(error.errno or 0, "choose another folder"),
    )


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say what goes wrong in the block as the failure to write at path that it is."""
    try:
        yield
    except OSError as error:
        raise cannot_write(path, error) from error


def escape(value: object, most: int = 60) -> str:
    """A user's value as it may stand in a one-line message: escaped and not too long."""
    text = str(value)
    if len(text) > most:
        text = f"{text[: most - 3]}..."
    printable = all(c.isprintable() for c in text)
    return text if printable else text.encode("unicode_escape").decode("ascii")


def escape_path(path: Path) -> str:
    """A path as it may stand in a one-line message: as short as it is from here."""
    here = Path.cwd()
    return escape(path.relative_to(here) if path != here and path.is_relative_to(here) else path, 200)
