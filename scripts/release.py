"""Record the template as the release that ``gowright.__version__`` names.

    python scripts/release.py            record it, in src/gowright/releases.bundle
    python scripts/release.py --check    say whether it is recorded, and as it is now

A recorded release never changes: projects were generated from it.
"""

from __future__ import annotations

import argparse
import sys

from gowright import __version__
from gowright.errors import ToolError
from gowright.model.release import BUNDLE, record, recorded, recorded_tree, tree
from gowright.model.template import Template


def main() -> int:
    """Record or check, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true")
    root = Template.head().root
    if parser.parse_args().check:
        good = __version__ in recorded(BUNDLE) and recorded_tree(BUNDLE, __version__) == tree(root)
        print(f"{__version__} is {'recorded' if good else 'not recorded as it is now'}")
        return 0 if good else 1
    try:
        changed = record(BUNDLE, __version__, root)
    except ToolError as error:
        print(f"error: {error.what}\n  why: {error.why}\n  fix: {error.fix}", file=sys.stderr)
        return 1
    print(f"{__version__} {'recorded' if changed else 'was recorded already'}: {', '.join(recorded(BUNDLE))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
