"""A server of the MongoDB protocol: mongo-java-server, which keeps its data in one file.

It is a stand-in. What it lacks is said wherever it is used.
"""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path

from gowright.verify.children.processes import Process, Processes
from gowright.verify.children import java
from gowright.verify.backends.managed import OwnServer
from gowright.verify.children.ports import LOOPBACK

#: What MongoDB has and this has not; a test that needs it can only run on a server of MONGO_URL.
LACKS = "transactions, no partial indexes, no validators that bite and no accounts"

_JARS = "de.bwaldvogel:mongo-java-server-h2-backend:1.47.0"
_READY = "serves at"


class Mongo(OwnServer):
    """A server of our own."""

    name = "mongo-java-server"
    seconds = 30.0
    lacks = LACKS

    def __init__(self, processes: Processes, tell: java.Tell) -> None:
        super().__init__(processes)
        self._jars = java.with_dependencies(_JARS, tell)
        tell(f"starting {self.name}")
        self._names = itertools.count(1)
        self.start()

    def new_url(self) -> str:
        """See Database."""
        return f"mongodb://{LOOPBACK}:{self.port}/verify_{next(self._names)}"

    def _launch(self, port: int) -> Process:
        with self._log.open("wb") as log:
            return self._processes.start(
                [
                    sys.executable,
                    # Without this folder on its path, whose modules are called as other packages are.
                    "-P",
                    Path(__file__).with_name("mongo_process.py"),
                    LOOPBACK,
                    str(port),
                    self._processes.directory / "mongo.mv",
                    *self._jars,
                ],
                env=dict(os.environ),
                output=log,
            )

    def _serves(self) -> bool:
        # Only the process itself knows that it got the port.
        return _READY in self._said()
