"""MongoDB, or a stand-in that speaks its protocol if no server is configured."""

from __future__ import annotations

from typing_extensions import override

from gowright.model.facts import Facts
from gowright.verify.backends.base import Availability, DatabaseBackend, Server, server_of
from gowright.verify.children import java


class Backend(DatabaseBackend):
    """mongo-java-server, or a database of this run on the server that MONGO_URL names."""

    needs_schema = False  # it creates missing collections
    managed_lacks = "transactions, partial indexes, validators, and accounts"

    @classmethod
    @override
    def availability(cls, facts: Facts) -> Availability:
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
        """Report whether the server has the partial indexes that this needs; the stand-in doesn't."""
        return "callers" not in self.context.project.traits or not self.server.missing_capabilities

    @property
    def survives_restart(self) -> bool:
        """Report whether the server keeps all data; when the stand-in restarts, renamed collections are empty."""
        history = self.context.project.answers.get("history") or ()
        renamed = any("of" in change for entry in history for change in entry.get("changes", ()))
        return not (renamed and self.server.missing_capabilities)

    @override
    def start_server(self) -> Server:
        from gowright.verify.backends.database.mongodb_server import ManagedMongoDB

        return ManagedMongoDB(self.context.processes, self.context.progress, self.managed_lacks)

    @override
    def external_server(self, url: str) -> Server:
        from gowright.verify.backends.database.mongodb_server import ExternalMongoDB

        return ExternalMongoDB(url, self.variable)
