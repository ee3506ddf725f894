"""A server for the MongoDB protocol: mongo-java-server, with its data in one file.

It's a stand-in for MongoDB. Reports name what it doesn't support.
"""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from typing_extensions import override

from gowright.verify.backends.base import Progress, Server
from gowright.verify.backends.external import ExternalServer, new_database_name
from gowright.verify.backends.managed import ManagedServer
from gowright.verify.children import java
from gowright.verify.children.ports import LOOPBACK
from gowright.verify.children.processes import Process, Processes

_JARS = "de.bwaldvogel:mongo-java-server-h2-backend:1.47.0"
_READY = "serves at"


class ManagedMongoDB(ManagedServer, Server):
    """A mongo-java-server that verify starts."""

    name = "mongo-java-server"
    seconds = 30.0

    def __init__(self, processes: Processes, progress: Progress, missing_capabilities: str) -> None:
        super().__init__(processes)
        self.missing_capabilities = missing_capabilities
        self._jars = java.with_dependencies(_JARS, progress)
        progress(f"starting {self.name}")
        self._names = itertools.count(1)
        self.start()

    @override
    def new_url(self) -> str:
        return f"mongodb://{LOOPBACK}:{self.port}/verify_{next(self._names)}"

    def _launch(self, port: int) -> Process:
        with self._log.open("wb") as log:
            return self._processes.start(
                [
                    sys.executable,
                    # Without this folder on the path: its modules have the names of other packages.
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
        # The log is the only sign that this process got the port.
        return _READY in self._log_tail()


class ExternalMongoDB(ExternalServer):
    """A new database on an external server. It isn't dropped."""

    def __init__(self, url: str, variable: str) -> None:
        super().__init__(_with_database(url, new_database_name()), variable)


def _with_database(url: str, name: str) -> str:
    """The URL with another database; the authentication database stays the same."""
    address = urlsplit(url)
    query = address.query
    if address.username and address.scheme == "mongodb" and "authsource" not in query.lower():
        source = urlencode({"authSource": address.path.strip("/") or "admin"})
        query = f"{query}&{source}" if query else source
    return address._replace(path=f"/{name}", query=query).geturl()
