"""SQLite: a file, which needs no server."""

from __future__ import annotations

import itertools

from typing_extensions import override

from gowright.verify.backends.base import DatabaseBackend, Server
from gowright.verify.children.processes import Processes
from gowright.verify.outcomes import Skipped


class Backend(DatabaseBackend):
    """A file of this run for each service, even if a variable names one of the user."""

    @property
    @override
    def variable(self) -> str:
        """The variable that holds the path."""
        return self.required_variables[0]

    @property
    @override
    def system(self) -> str:
        return "sqlite"

    @override
    def start_server(self) -> Server:
        return Files(self.context.processes)

    @override
    def external_server(self, url: str) -> Server:
        return self.start_server()


class Files(Server):
    """The files in the folder of the run."""

    secrets = ()
    owned = True
    missing_capabilities = ""

    def __init__(self, processes: Processes) -> None:
        self._folder = processes.directory
        self._numbers = itertools.count(1)

    @override
    def new_url(self) -> str:
        """The path of a file that doesn't exist yet."""
        return str(self._folder / f"service-{next(self._numbers)}.db")

    @override
    def stop(self) -> None:
        raise Skipped("a file has no server that could stop")

    freeze = stop

    def start(self) -> None:
        """Do nothing: there is no server."""
