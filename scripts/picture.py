"""Draw the report on stdin like a terminal; used by ``make picture``."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

#: The number of columns; longer lines end in an ellipsis.
WIDTH = 120

#: Patterns and their colors.
STYLES = {r"(?m)^  passed": "green", r"(?m)^  failed": "red", r"(?m)^  skipped": "yellow"}


def main() -> int:
    """Write the picture to the file that the argument names."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    report = Text(sys.stdin.read().rstrip())
    for pattern, style in STYLES.items():
        report.highlight_regex(pattern, style)
    console.print(report, no_wrap=True, overflow="ellipsis")
    Path(sys.argv[1]).write_text(console.export_svg(title="gowright verify shop-api"), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
