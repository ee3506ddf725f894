"""Draw a report as a terminal shows it, from stdin: ``make picture`` does it for the service of the demo."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

#: Columns; what is longer ends in an ellipsis.
WIDTH = 120

#: What a terminal shows in colour.
STYLES = {r"(?m)^  passed": "green", r"(?m)^  failed": "red", r"(?m)^  skipped": "yellow"}


def main() -> int:
    """Turn the report on stdin into the picture that the argument names."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    report = Text(sys.stdin.read().rstrip())
    for pattern, style in STYLES.items():
        report.highlight_regex(pattern, style)
    console.print(report, no_wrap=True, overflow="ellipsis")
    Path(sys.argv[1]).write_text(console.export_svg(title="gowright verify shop-api"), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
