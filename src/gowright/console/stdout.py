"""stdout: it may be closed, a file on a full disk, or of a few letters only."""

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
    """Rich's console, for a stdout that may take nothing."""

    def print(self, *objects: Any, **how: Any) -> None:
        """Print as Rich does."""
        with _saying():
            super().print(*objects, **how)


def write_json(data: Mapping[str, Any], indent: int | None = None) -> None:
    """Print a JSON document."""
    with _saying():
        if sys.stdout is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        ascii_only = (getattr(sys.stdout, "encoding", None) or "").lower() not in ("utf-8", "utf8")
        # At once: what cannot be written is found out while it can be said.
        print(json.dumps(data, indent=indent, ensure_ascii=ascii_only), flush=True)


@contextmanager
def _saying() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:  # whoever read it has gone, and Typer ends quietly
        raise
    except OSError as error:
        raise ToolError(
            "cannot-say",
            "the result could not be written to stdout",
            why=(error.strerror or str(error)).lower(),
            fix="look at what is there already, and mend where stdout goes",
        ) from error
