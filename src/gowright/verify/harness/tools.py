"""Tools that a check needs and that verify doesn't bring."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from gowright.verify.outcomes import Skipped


def find_tool(*names: str) -> Path:
    """Return the first of several programs that is on PATH, or in the Python environment of gowright.

    Raises:
        Skipped: if there's none.
    """
    for name in names:
        found = shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))
        if found:
            return Path(found)
    raise Skipped(f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} not on PATH")
