"""Record the template as the release ``gowright.__version__``.

    python scripts/release.py            record it in src/gowright/releases.bundle
    python scripts/release.py --check    check whether it's recorded and unchanged

A recorded release never changes, because projects were generated from it.
"""

from __future__ import annotations

import argparse
import sys

from gowright import __version__
from gowright.errors import ToolError
from gowright.model.release import BUNDLE, record, recorded, recorded_tree, tree
from gowright.model.template import Template


def main() -> int:
    """Record or check the release, and print the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true")
    root = Template.head().root
    if parser.parse_args().check:
        unchanged = __version__ in recorded(BUNDLE) and recorded_tree(BUNDLE, __version__) == tree(root)
        print(f"{__version__} is {'recorded' if unchanged else 'not recorded, or changed'}")
        return 0 if unchanged else 1
    try:
        changed = record(BUNDLE, __version__, root)
    except ToolError as error:
        print(f"error: {error.what}\n  why: {error.why}\n  fix: {error.fix}", file=sys.stderr)
        return 1
    print(f"{__version__} {'recorded' if changed else 'is already recorded'}: {', '.join(recorded(BUNDLE))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
