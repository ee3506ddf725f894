"""stdout, which can be closed, a file on a full disk, or limited to ASCII."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console

from gowright.errors import ToolError


class Out(Console):
    """Rich's console, with a ToolError if stdout cannot be written."""

    def print(self, *objects: Any, **how: Any) -> None:
        """Print as Rich does; raise a ToolError on failure."""
        with _writing():
            super().print(*objects, **how)


def write_json(data: Mapping[str, Any], indent: int | None = None) -> None:
    """Print a JSON object."""
    with _writing():
        if sys.stdout is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        ascii_only = (getattr(sys.stdout, "encoding", None) or "").lower() not in ("utf-8", "utf8")
        # Flush now, so that a failure can still be reported.
        print(json.dumps(data, indent=indent, ensure_ascii=ascii_only), flush=True)


def write_bytes(content: bytes) -> None:
    """Write bytes as they are."""
    with _writing():
        if sys.stdout is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.flush()


def unwritable(error: OSError) -> ToolError:
    """The error for a stdout that cannot be written."""
    return ToolError(
        "cannot-write-stdout",
        "the result could not be written to stdout",
        why=(error.strerror or str(error)).lower(),
        fix="check what was written so far and redirect stdout to a writable location",
    )


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:  # the reader closed the pipe; Typer exits silently
        raise
    except OSError as error:
        raise unwritable(error) from error
