"""Folders that are created completely, or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gowright.errors import ToolError, cannot_write, escape, escape_path, writing
from gowright.system.signals import deferred_signals

_PREFIX = ".gowright-"


@contextmanager
def atomic_directory(destination: Path) -> Iterator[Path]:
    """Yield a private folder. If the block succeeds, move it to destination.

    If the block fails, nothing remains. Missing parents of destination are created together with it. An
    existing destination must be empty, or contain only `.git`.

    Args:
        destination: an absolute path.

    Raises:
        ToolError: if destination isn't empty, before or after the block, or can't be written.
    """
    require_empty(destination)
    if destination.exists():
        # Inside destination: a mount point can't be renamed, and processes in the folder would be left in a deleted
        # one.
        parent, top = destination, destination
    else:
        top = _highest_missing(destination)
        parent = top.parent
    temporary = parent / f"{_PREFIX}{secrets.token_hex(6)}"
    try:
        with writing(destination):
            project = temporary / destination.relative_to(top)
            project.mkdir(parents=True)
            yield project
        with deferred_signals():
            _publish(temporary, top, destination)
    finally:
        with deferred_signals():
            shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def temp_directory() -> Iterator[Path]:
    """Yield an empty temporary folder, and remove it after the block.

    Raises:
        ToolError: if it can't be created.
    """
    try:
        parent = Path(tempfile.gettempdir())
    except FileNotFoundError as error:  # gettempdir tries to write a file
        raise ToolError(
            "cannot-write",
            "cannot create a temporary directory",
            why=escape((error.strerror or "").lower(), 300),
            fix="free some space, or set TMPDIR to a writable folder",
        ) from error
    folder = parent / f"gowright-{secrets.token_hex(6)}"
    try:
        with writing(parent):
            folder.mkdir(mode=0o700)
        yield folder
    finally:
        with deferred_signals():
            shutil.rmtree(folder, ignore_errors=True)


def require_empty(destination: Path) -> None:
    """Refuse a destination that isn't empty.

    Raises:
        ToolError: if it isn't empty, or can't be read.
    """
    try:
        entries = [entry.name for entry in destination.iterdir()]
    except FileNotFoundError:
        if destination.is_symlink():
            raise _exists(destination, "it is a broken link") from None
        return
    except NotADirectoryError as error:
        if destination.exists():
            raise _exists(destination, "it is a file") from error
        raise ToolError(
            "path-exists",
            f"cannot create {escape_path(destination)}",
            why="one of its parents is a file",
            fix="choose another path",
        ) from error
    except OSError as error:
        raise cannot_write(destination, error) from error
    found = sorted(name for name in entries if name != ".git" and not name.startswith(_PREFIX))
    if found:
        rest = f" and {len(found) - 1} more" if len(found) > 1 else ""
        raise _exists(destination, f"the folder is not empty: {escape(found[0])}{rest}")


def _exists(destination: Path, why: str) -> ToolError:
    return ToolError(
        "path-exists",
        f"{escape_path(destination)} already exists",
        why=why,
        fix="choose another path, or empty this one",
    )


def _publish(temporary: Path, top: Path, destination: Path) -> None:
    """Move the content of temporary, which stands for top, to its place."""
    while True:
        now = _highest_missing(destination)
        source = temporary / now.relative_to(top)
        try:
            if now == destination and destination.exists():
                _move_into(destination, source)
            else:
                source.rename(now)
            return
        except OSError as error:
            # Another process created the folder or one of its parents: try again.
            if now.exists() and _highest_missing(destination) != now:
                continue
            require_empty(destination)
            raise cannot_write(destination, error) from error


def _highest_missing(destination: Path) -> Path:
    """The topmost missing folder of the path; destination itself if all exist."""
    missing = [path for path in (destination, *destination.parents) if not path.exists()]
    return missing[-1] if missing else destination


def _move_into(folder: Path, source: Path) -> None:
    """Move everything in source into an empty folder, or nothing."""
    with _only_writer(folder):
        require_empty(folder)
        moved: list[Path] = []
        try:
            for entry in sorted(source.iterdir()):
                moved.append(entry.rename(folder / entry.name))
        except OSError:
            for entry in moved:
                entry.rename(source / entry.name)
            raise


@contextmanager
def _only_writer(folder: Path) -> Iterator[None]:
    """Lock the folder, if the system supports it."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems don't support locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
