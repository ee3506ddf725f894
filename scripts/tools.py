"""Build the Go tools that `gowright verify` uses and that are not on PATH.

python -m scripts.tools DIRECTORY            build all of them into DIRECTORY
python -m scripts.tools DIRECTORY NAME...    build only these, which can be any tools of versions.yml
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import time

from gowright.model.versions import go_tools, verify_tools
from gowright.verify.children.go_toolchain import TRIMMED


def main() -> int:
    """Build the missing tools one after the other: each build uses all processors."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("directory")
    parser.add_argument("names", nargs="*", metavar="NAME", help="a tool of versions.yml")
    given = parser.parse_args()
    tools = go_tools()
    if unknown := set(given.names) - set(tools):
        parser.error(f"{', '.join(sorted(unknown))} not in versions.yml")
    # As in tests that run the commands of a service, so that both share the compiled packages.
    env = os.environ | {"GOBIN": given.directory, "GOFLAGS": TRIMMED, "GOTOOLCHAIN": "local"}
    failed = []
    for name in given.names or [tool.name for tool in verify_tools()]:
        if shutil.which(name):
            continue
        print(f"{tools[name].install}", flush=True)
        started = time.monotonic()
        if subprocess.run(shlex.split(tools[name].install), env=env, check=False).returncode:
            failed.append(name)
        else:
            print(f"  {time.monotonic() - started:.0f} s", flush=True)
    if failed:
        print(f"error: not built: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
