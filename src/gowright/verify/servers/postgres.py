"""PostgreSQL: a cluster of our own."""

from __future__ import annotations

import itertools
import os
import secrets
import signal

from gowright.verify.processes import Process, Processes
from gowright.verify.report import Failed
from gowright.verify.servers.installation import environment, installation, reachable, unprivileged
from gowright.verify.servers.ports import LOOPBACK, free_port, wait_until

_ATTEMPTS = 5
_START_SECONDS = 20.0
_INITDB = "-U gowright -A scram-sha-256 -E UTF8 --no-locale --no-sync --no-instructions".split()
# Nothing here has to survive a power cut.
_SETTINGS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "unix_socket_directories=",
    "max_connections=200",
)


class Postgres:
    """A cluster of our own, on a free port of the loopback address."""

    own = True
    lacks = ""

    def __init__(self, processes: Processes) -> None:
        self.secret = secrets.token_hex(16)
        self._processes = processes
        self._user = unprivileged()
        self._bin = reachable(installation(), processes, self._user)
        self._data = processes.directory / "postgres"
        self._names = itertools.count(1)
        self._process: Process | None = None
        self._initialise()
        for _ in range(_ATTEMPTS):
            self._port = free_port()
            if self._try_start():
                return
        raise Failed(f"PostgreSQL does not start:\n{self._log()}")

    def new_url(self) -> str:
        """See Database."""
        name = f"verify_{next(self._names)}"
        self._client("createdb", name)
        return f"postgres://gowright:{self.secret}@{LOOPBACK}:{self._port}/{name}?sslmode=disable"

    def stop(self) -> None:
        """See Database."""
        if self._process is not None:
            self._process.end(signal.SIGINT)

    def freeze(self) -> None:
        """See Database."""
        if self._process is not None:
            self._process.send_family(signal.SIGSTOP)

    def start(self) -> None:
        """See Database."""
        if self._process is not None and self._process.exit_code is None:
            self._process.send_family(signal.SIGCONT)
        elif not self._try_start():
            raise Failed(f"PostgreSQL does not start again:\n{self._log()}")

    def _initialise(self) -> None:
        self._data.mkdir(mode=0o700)
        password = self._processes.directory / "postgres-password"
        password.write_text(self.secret)
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

    def _try_start(self) -> bool:
        settings = (*_SETTINGS, f"listen_addresses={LOOPBACK}", f"port={self._port}")
        with (self._processes.directory / "postgres.log").open("ab") as log:
            process = self._processes.start(
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
        self._process = process
        return (
            wait_until(lambda: process.exit_code is not None or self._answers(), _START_SECONDS)
            and process.exit_code is None
        )

    def _answers(self) -> bool:
        # The port may be another's: only our own cluster knows the password.
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
                str(self._port),
                "-U",
                "gowright",
                "-d",
                "postgres",
                *arguments,
            ],
            env=environment(PGPASSWORD=self.secret, PGCONNECT_TIMEOUT="2"),
        ).exit_code

    def _client(self, program: str, *arguments: str) -> None:
        done = self._processes.run(
            [
                self._bin / program,
                "-h",
                LOOPBACK,
                "-p",
                str(self._port),
                "-U",
                "gowright",
                *arguments,
            ],
            env=environment(PGPASSWORD=self.secret),
        )
        if done.exit_code != 0:
            raise Failed(f"{program} failed: {done.output}")

    def _log(self) -> str:
        return (self._processes.directory / "postgres.log").read_text(errors="replace")[-2000:]
