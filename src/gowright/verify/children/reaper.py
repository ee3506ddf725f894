"""The reaper: a small process that cleans up after its parent.

It reads the process groups and folders to watch from a pipe. When the pipe closes, however the parent ended
(even by SIGKILL), it kills the groups and removes the folders. It's a script without imports from this
package, so that it starts in a few milliseconds.
"""

import os
import shutil
import signal
import sys


def main() -> None:
    """Read until the parent has ended, then clean up."""
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
