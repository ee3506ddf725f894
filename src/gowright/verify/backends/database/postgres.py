"""PostgreSQL: a cluster of our own."""

from __future__ import annotations

import itertools
import os
import secrets
import signal

from gowright.verify.children.processes import Process, Processes
from gowright.verify.result import Failed
from gowright.verify.backends.database.postgres_binaries import environment, installation, reachable, unprivileged
from gowright.verify.backends.managed import OwnServer
from gowright.verify.children.ports import LOOPBACK

_INITDB = "-U gowright -A scram-sha-256 -E UTF8 --no-locale --no-sync --no-instructions".split()
# Nothing here has to survive a power cut.
_SETTINGS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "unix_socket_directories=",
    "max_connections=200",
)


class Postgres(OwnServer):
    """A cluster of our own."""

    name = "PostgreSQL"
    seconds = 20.0
    farewell = signal.SIGINT
    lacks = ""

    def __init__(self, processes: Processes) -> None:
        super().__init__(processes)
        self._password = secrets.token_hex(16)
        self.secrets = (self._password,)
        self._user = unprivileged()
        self._bin = reachable(installation(), processes, self._user)
        self._data = processes.directory / "postgres"
        self._names = itertools.count(1)
        self._initialise()
        self.start()

    def new_url(self) -> str:
        """See Database."""
        name = f"verify_{next(self._names)}"
        self._client("createdb", name)
        return f"postgres://gowright:{self._password}@{LOOPBACK}:{self.port}/{name}?sslmode=disable"

    def _initialise(self) -> None:
        self._data.mkdir(mode=0o700)
        password = self._processes.directory / "postgres-password"
        password.write_text(self._password)
        if self._user:
            os.chown(self._data, *self._user)
            os.chown(password, *self._user)
        done = self._processes.run(
            [self._bin / "initdb", "-D", self._data, "--pwfile", password, *_INITDB],
            env=environment(),
            user=self._user,
        )
        if done.exit_code != 0:
            raise Failed(f"initdb failed:\n{done.output}")

    def _launch(self, port: int) -> Process:
        settings = (*_SETTINGS, f"listen_addresses={LOOPBACK}", f"port={port}")
        with self._log.open("ab") as log:
            return self._processes.start(
                [
                    self._bin / "postgres",
                    "-D",
                    self._data,
                    *(part for each in settings for part in ("-c", each)),
                ],
                env=environment(),
                output=log,
                user=self._user,
                farewell=signal.SIGQUIT,
            )

    def _serves(self) -> bool:
        # Only our own cluster knows the password.
        return self._psql("-c", "SELECT 1") == 0

    def _psql(self, *arguments: str) -> int:
        return self._processes.run(
            [
                self._bin / "psql",
                "-X",
                "-q",
                "-h",
                LOOPBACK,
                "-p",
                str(self.port),
                "-U",
                "gowright",
                "-d",
                "postgres",
                *arguments,
            ],
            env=environment(PGPASSWORD=self._password, PGCONNECT_TIMEOUT="2"),
        ).exit_code

    def _client(self, program: str, *arguments: str) -> None:
        done = self._processes.run(
            [
                self._bin / program,
                "-h",
                LOOPBACK,
                "-p",
                str(self.port),
                "-U",
                "gowright",
                *arguments,
            ],
            env=environment(PGPASSWORD=self._password),
        )
        if done.exit_code != 0:
            raise Failed(f"{program} failed: {done.output}")
