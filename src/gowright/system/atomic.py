"""A folder that appears as a whole, or not at all."""

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
    """Yield a private folder to fill; when the block ends well, it becomes destination.

    However the block ends otherwise, nothing of it is left. Missing parents of destination are
    made, and appear with it. An existing destination must be an empty folder, or hold only `.git`.

    Args:
        destination: an absolute path.

    Raises:
        ToolError: when destination is taken, before or meanwhile, or cannot be written.
    """
    require_empty(destination)
    if destination.exists():
        # Beside its children: a mount point cannot be renamed, and whoever stands in the folder
        # would be left standing in a deleted one.
        room, top = destination, destination
    else:
        top = _highest_missing(destination)
        room = top.parent
    temporary = room / f"{_PREFIX}{secrets.token_hex(6)}"
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
    """Yield an empty folder that is gone after the block, however that ends.

    Raises:
        ToolError: when there is no place for one.
    """
    try:
        room = Path(tempfile.gettempdir())
    except FileNotFoundError as error:  # it tries to write there
        raise ToolError(
            "cannot-write",
            "there is no folder for what is temporary",
            why=escape((error.strerror or "").lower(), 300),
            fix="free some space, or set TMPDIR to a folder that you may write to",
        ) from error
    folder = room / f"gowright-{secrets.token_hex(6)}"
    try:
        with writing(room):
            folder.mkdir(mode=0o700)
        yield folder
    finally:
        with deferred_signals():
            shutil.rmtree(folder, ignore_errors=True)


def require_empty(destination: Path) -> None:
    """Refuse a destination that holds something.

    Raises:
        ToolError: when it does, or when it cannot be looked into.
    """
    try:
        entries = [entry.name for entry in destination.iterdir()]
    except FileNotFoundError:
        if destination.is_symlink():
            raise _taken(destination, "it is a link to nowhere") from None
        return
    except NotADirectoryError as error:
        if destination.exists():
            raise _taken(destination, "it is a file") from error
        raise ToolError(
            "path-exists",
            f"cannot create {escape_path(destination)}",
            why="on the way to it, there is a file",
            fix="choose another path",
        ) from error
    except OSError as error:
        raise cannot_write(destination, error) from error
    found = sorted(name for name in entries if name != ".git" and not name.startswith(_PREFIX))
    if found:
        rest = f" and {len(found) - 1} more" if len(found) > 1 else ""
        raise _taken(destination, f"the folder is not empty: {escape(found[0])}{rest}")


def _taken(destination: Path, why: str) -> ToolError:
    return ToolError(
        "path-exists",
        f"{escape_path(destination)} already exists",
        why=why,
        fix="choose another path, or empty this one",
    )


def _publish(temporary: Path, top: Path, destination: Path) -> None:
    """Move what stands in temporary for top, the highest folder to appear, to its place."""
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
            # Somebody else made the folder or one of its parents meanwhile: look again.
            if now.exists() and _highest_missing(destination) != now:
                continue
            require_empty(destination)
            raise cannot_write(destination, error) from error


def _highest_missing(destination: Path) -> Path:
    """The topmost of the path's folders that does not exist; destination itself when all do."""
    missing = [path for path in (destination, *destination.parents) if not path.exists()]
    return missing[-1] if missing else destination


def _move_into(folder: Path, source: Path) -> None:
    """Move all that source holds into the empty folder, or nothing."""
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
    """Hold the folder's lock, where the system has such locks."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems have none
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
