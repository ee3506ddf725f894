"""Verifies one project in its own process: `python -m gowright.matrix.worker PROJECT [-k] [CHECK...]`.

Each result is printed to stdout as one line of JSON, as soon as it's available. The process isolates variants
from each other, and can be stopped together with its children.
"""

from __future__ import annotations

import json
import sys
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from gowright import verify
from gowright.errors import ToolError


def main(project: str, *arguments: str) -> int:
    """Run the named checks, or all, and return the exit code."""
    checks = [argument for argument in arguments if argument != "-k"]
    try:
        verification = verify.prepare(Path(project), checks=checks)
        with closing(verification.results(keep_going="-k" in arguments, retry_timed=True)) as results:
            for result in results:
                print(json.dumps(asdict(result)), flush=True)
    except ToolError as error:
        print(": ".join(filter(None, (error.what, error.why, error.fix))), file=sys.stderr)
        return error.exit
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
