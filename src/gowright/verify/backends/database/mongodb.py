"""MongoDB, or where none is named a server of its protocol that stands in for it."""

from __future__ import annotations

from gowright.model.facts import Facts
from gowright.verify.backends.base import Availability, DatabaseBackend, Server, server_of
from gowright.verify.children import java


class Backend(DatabaseBackend):
    """mongo-java-server, or a database of this run on the server that MONGO_URL names."""

    migrates_down = False
    managed_lacks = "transactions, no partial indexes, no validators that bite and no accounts"

    @classmethod
    def availability(cls, facts: Facts) -> Availability:
        """See Backend."""
        if reason := java.missing():
            return Availability(
                facts.name,
                missing=reason,
                fix=f"pip install 'gowright[verify]', or set {server_of(facts).variable}",
            )
        found = "as mongo-java-server, without transactions, from Maven Central at first use"
        return Availability(facts.name, found=found)

    @property
    def unique_can_be_absent(self) -> bool:
        """MongoDB has partial indexes for that, and the stand-in has none."""
        return "callers" not in self.context.project.traits or not self.server.missing_capabilities

    def start_server(self) -> Server:
        """See ServerBackend."""
        from gowright.verify.backends.database.mongodb_server import ManagedMongoDB

        return ManagedMongoDB(self.context.processes, self.context.progress, self.managed_lacks)

    def external_server(self, url: str) -> Server:
        """See ServerBackend."""
        from gowright.verify.backends.database.mongodb_server import ExternalMongoDB

        return ExternalMongoDB(url, self.variable)
