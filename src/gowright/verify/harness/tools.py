"""Tools that a check needs and that verify doesn't bring."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from gowright.verify.outcomes import Skipped


def tool_path(*names: str) -> Path | None:
    """The first of several programs that is on PATH, or in the Python environment of gowright."""
    for name in names:
        found = shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))
        if found:
            return Path(found)
    return None


def find_tool(*names: str) -> Path:
    """Return the first of several programs that is on PATH, or in the Python environment of gowright.

    Raises:
        Skipped: if there's none.
    """
    if found := tool_path(*names):
        return found
    raise Skipped(f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} not on PATH")


def built_with(output: str) -> tuple[int, int] | None:
    """The version of Go that a program names in the output of --version, such as (1, 26)."""
    found = re.search(r"built with go(\d+)\.(\d+)", output)
    return (int(found[1]), int(found[2])) if found else None
