"""Draw what a terminal shows: ``FORCE_COLOR=1 gowright verify ... | python -m scripts.picture docs/verify.svg``."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

#: Columns; the longest lines of a report fit.
WIDTH = 112


def main() -> int:
    """Turn the terminal text on stdin into the picture that the argument names."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(sys.stdin.read()), soft_wrap=False)
    Path(sys.argv[1]).write_text(console.export_svg(title="gowright verify"), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
