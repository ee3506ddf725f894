"""PostgreSQL servers."""

from __future__ import annotations

import itertools
import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from typing_extensions import override

from gowright.verify.backends.base import Server
from gowright.verify.backends.database.postgres_binaries import (
    environment,
    installation,
    reachable,
    unprivileged,
)
from gowright.verify.backends.external import ExternalServer, new_database_name
from gowright.verify.backends.managed import ManagedServer
from gowright.verify.children.ports import LOOPBACK
from gowright.verify.children.processes import Finished, Process, Processes
from gowright.verify.outcomes import Failed

_INITDB = "-U gowright -A scram-sha-256 -E UTF8 --no-locale --no-sync --no-instructions".split()
# Durability isn't needed.
_PSQL_SECONDS = 20.0
_MAY_CREATE = "SELECT 1 FROM pg_roles WHERE rolname = current_user AND (rolcreatedb OR rolsuper)"
_SETTINGS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "unix_socket_directories=",
    "max_connections=200",
)


class ManagedPostgres(ManagedServer, Server):
    """A PostgreSQL cluster that verify starts."""

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
        self._initialize()
        self.start()

    @override
    def new_url(self) -> str:
        name = f"verify_{next(self._names)}"
        done = self._client("createdb", name)
        if done.exit_code != 0:
            raise Failed(f"createdb failed: {done.output}")
        return f"postgres://gowright:{self._password}@{LOOPBACK}:{self.port}/{name}?sslmode=disable"

    def _initialize(self) -> None:
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
        # Only this cluster has this password.
        return self._psql("-c", "SELECT 1") == 0

    def _psql(self, *arguments: str) -> int:
        return self._client("psql", "-X", "-q", "-d", "postgres", *arguments).exit_code

    def _client(self, program: str, *arguments: str) -> Finished:
        """Run a client program of PostgreSQL against this cluster."""
        address = ("-h", LOOPBACK, "-p", str(self.port), "-U", "gowright")
        env = environment(PGPASSWORD=self._password, PGCONNECT_TIMEOUT="2")
        return self._processes.run([self._bin / program, *address, *arguments], env=env)


class ExternalPostgres(ExternalServer):
    """An external server. Each service gets a new database, which is dropped at the end."""

    owned = True

    def __init__(self, url: str, variable: str, processes: Processes) -> None:
        super().__init__(url, variable)
        self._processes = processes

    @override
    def new_url(self) -> str:
        name = new_database_name()
        _psql(self._url, f"CREATE DATABASE {name}")
        self._processes.callback(_psql, self._url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        return urlsplit(self._url)._replace(path=f"/{name}").geturl()


def refused_by_postgres(url: str) -> str:
    """Return why no database can be created on a server, or an empty string."""
    try:
        return (
            ""
            if _psql(url, _MAY_CREATE)
            else "the user has no permission to create databases, and verify needs its own"
        )
    except Failed as failed:
        return " ".join(failed.detail.split())


def _psql(url: str, command: str) -> str:
    """The output of an SQL command."""
    address = urlsplit(url)
    if address.scheme not in ("postgres", "postgresql"):
        raise Failed("the URL does not start with postgres://")
    bundled = (installation() or Path()) / "psql"
    program = bundled if bundled.is_file() else shutil.which("psql")
    if program is None:
        raise Failed("psql is not available to create a database: pip install 'gowright[verify]'")
    # psql rejects options of the service's driver, such as pool_max_conns.
    query = urlencode([(name, value) for name, value in parse_qsl(address.query) if name.startswith("ssl")])
    user, at, place = address.netloc.rpartition("@")
    plain = address._replace(netloc=user.partition(":")[0] + at + place, query=query).geturl()
    done = subprocess.run(
        [program, "-X", "-q", "-t", "-A", "-w", "-d", plain, "-c", command],
        # Not as an argument, because all users can read arguments.
        env=environment(PGPASSWORD=unquote(address.password or ""), PGCONNECT_TIMEOUT="5"),
        capture_output=True,
        text=True,
        timeout=_PSQL_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise Failed(done.stderr.strip())
    return done.stdout.strip()
