"""A server of the MongoDB protocol: mongo-java-server, which keeps its data in one file.

It is a stand-in. What it lacks is said wherever it is used.
"""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from gowright.verify.backends.base import Progress
from gowright.verify.backends.external import ExternalServer, new_database_name
from gowright.verify.backends.managed import ManagedServer
from gowright.verify.children import java
from gowright.verify.children.ports import LOOPBACK
from gowright.verify.children.processes import Process, Processes

_JARS = "de.bwaldvogel:mongo-java-server-h2-backend:1.47.0"
_READY = "serves at"


class ManagedMongoDB(ManagedServer):
    """A server of our own."""

    name = "mongo-java-server"
    seconds = 30.0

    def __init__(self, processes: Processes, progress: Progress, missing_capabilities: str) -> None:
        super().__init__(processes)
        self.missing_capabilities = missing_capabilities
        self._jars = java.with_dependencies(_JARS, progress)
        progress(f"starting {self.name}")
        self._names = itertools.count(1)
        self.start()

    def new_url(self) -> str:
        """See Server."""
        return f"mongodb://{LOOPBACK}:{self.port}/verify_{next(self._names)}"

    def _launch(self, port: int) -> Process:
        with self._log.open("wb") as log:
            return self._processes.start(
                [
                    sys.executable,
                    # Without this folder on its path, whose modules are called as other packages are.
                    "-P",
                    Path(__file__).with_name("mongodb_process.py"),
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


class ExternalMongoDB(ExternalServer):
    """A database of this run on a server. It remains: nothing here can drop it."""

    def __init__(self, url: str, variable: str) -> None:
        super().__init__(_with_database(url, new_database_name()), variable)


def _with_database(url: str, name: str) -> str:
    """The URL with another database; whoever logs in does so where the URL said before."""
    address = urlsplit(url)
    query = address.query
    if address.username and address.scheme == "mongodb" and "authsource" not in query.lower():
        source = urlencode({"authSource": address.path.strip("/") or "admin"})
        query = f"{query}&{source}" if query else source
    return address._replace(path=f"/{name}", query=query).geturl()
