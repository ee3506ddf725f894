"""The guard: a tiny process that outlives its parent by a moment.

It reads what to watch over from a pipe. When the pipe closes, however the
parent ended (also by SIGKILL), it kills the process groups and removes the
directories that it was told about. It runs as a plain script without running
packages, so that it starts in a few milliseconds.
"""

import os
import shutil
import signal
import sys


def main() -> None:
    """Read until the parent is gone, then clean up after it."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    watched: dict[str, set[str]] = {"group": set(), "directory": set()}
    for line in sys.stdin:
        verb, kind, name = line.rstrip("\n").split(" ", 2)
        (watched[kind].add if verb == "watch" else watched[kind].discard)(name)
    for group in watched["group"]:
        try:
            os.killpg(int(group), signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue
    for directory in watched["directory"]:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
