"""Exit codes, and errors that state the problem, the reason, and the fix."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path

from gowright import PROJECT_URL

#: The URL for reports of unexpected errors.
ISSUES = f"{PROJECT_URL}/issues"


class Exit(IntEnum):
    """The exit codes of all commands."""

    DONE = 0
    NO = 1
    USAGE = 2
    PRECONDITION = 3
    CONFLICTS = 4
    INTERRUPTED = 130


class ToolError(Exception):
    """An error that the user can fix.

    The command line prints the error; an error never prints itself.

    Args:
        code: an identifier of the problem, for programs.
        what: the problem, in one line.
        why: the rule or the cause, in one line.
        fix: what the user can do about it, in one line.
    """

    exit = Exit.PRECONDITION

    def __init__(self, code: str, what: str, *, why: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.why = why
        self.fix = fix

    def as_dict(self) -> dict[str, dict[str, str]]:
        """The error as the JSON object that is printed in place of the result."""
        return {"error": {"code": self.code, "what": self.what, "why": self.why, "fix": self.fix}}


class BadAnswer(ToolError):
    """An answer, a flag, or an argument is invalid."""

    exit = Exit.USAGE


def cannot_write(path: Path, error: OSError) -> ToolError:
    """Return the error for an OSError that occurred when writing to path."""
    fixes = {
        errno.ENOSPC: "free some space, or generate on another disk",
        errno.EDQUOT: "free some space, or generate on another disk",
        errno.EACCES: "choose a folder that you have permission to write to",
        errno.EPERM: "choose a folder that you have permission to write to",
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
    """Convert an OSError raised in the block into a ToolError about `path`."""
    try:
        yield
    except OSError as error:
        raise cannot_write(path, error) from error


def escape(value: object, max_length: int = 60) -> str:
    """Return a user's value for a one-line message: escaped, and shortened to max_length characters."""
    text = str(value)
    if len(text) > max_length:
        text = f"{text[: max_length - 3]}..."
    printable = all(c.isprintable() for c in text)
    return text if printable else text.encode("unicode_escape").decode("ascii")


def escape_path(path: Path) -> str:
    """Return a path for a one-line message: escaped, and relative to the current folder if it's inside it."""
    here = Path.cwd()
    return escape(path.relative_to(here) if path != here and path.is_relative_to(here) else path, 200)
