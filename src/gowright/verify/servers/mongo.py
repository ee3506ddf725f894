"""A server of the MongoDB protocol: mongo-java-server, which keeps its data in one file.

It is a stand-in. What it lacks is said wherever it is used.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from pathlib import Path

from gowright.verify.processes import Process, Processes
from gowright.verify.report import Failed
from gowright.verify.servers import java
from gowright.verify.servers.ports import LOOPBACK, free_port, wait_until

#: What MongoDB has and this has not; a test that needs it can only run on a server of MONGO_URL.
LACKS = "transactions, no partial indexes, no validators that bite and no accounts"

_JARS = "de.bwaldvogel:mongo-java-server-h2-backend:1.47.0"
_READY = "serves at"
_ATTEMPTS = 5
_START_SECONDS = 30.0
_STOP_SECONDS = 10.0


class Mongo:
    """A server of our own, on a free port of the loopback address."""

    own = True
    lacks = LACKS
    # It has no accounts.
    secret = ""

    def __init__(self, processes: Processes, tell: java.Tell) -> None:
        self._processes = processes
        self._jars = java.with_dependencies(_JARS, tell)
        tell("starting mongo-java-server")
        self._names = itertools.count(1)
        self._process: Process | None = None
        for _ in range(_ATTEMPTS):
            self._port = free_port()
            if self._try_start():
                return
        raise Failed(f"mongo-java-server does not start:\n{self._log()}")

    def new_url(self) -> str:
        """See Database."""
        return f"mongodb://{LOOPBACK}:{self._port}/verify_{next(self._names)}"

    def stop(self) -> None:
        """See Database."""
        if self._process is not None:
            self._process.end(signal.SIGTERM, _STOP_SECONDS)

    def freeze(self) -> None:
        """See Database."""
        if self._process is not None:
            self._process.send(signal.SIGSTOP)

    def start(self) -> None:
        """See Database."""
        if self._process is not None and self._process.exit_code is None:
            self._process.send(signal.SIGCONT)
        elif not self._try_start():
            raise Failed(f"mongo-java-server does not start again:\n{self._log()}")

    def _try_start(self) -> bool:
        with (self._processes.directory / "mongo.log").open("wb") as log:
            process = self._process = self._processes.start(
                [
                    sys.executable,
                    # Without this folder on its path, whose modules are called as other packages are.
                    "-P",
                    Path(__file__).with_name("mongo_process.py"),
                    LOOPBACK,
                    str(self._port),
                    self._processes.directory / "mongo.mv",
                    *self._jars,
                ],
                env=dict(os.environ),
                output=log,
            )
        # The port may be another's: only the process itself knows that it got it.
        return (
            wait_until(lambda: process.exit_code is not None or _READY in self._log(), _START_SECONDS)
            and process.exit_code is None
        )

    def _log(self) -> str:
        return (self._processes.directory / "mongo.log").read_text(errors="replace")[-2000:]
