"""MongoDB, or where none is named a server of its protocol that stands in for it."""

from __future__ import annotations

from typing import ClassVar

from gowright.verify.backends.base import Availability, DatabaseBackend, Server
from gowright.verify.children import java


class Backend(DatabaseBackend):
    """mongo-java-server, or a database of this run on the server that MONGO_URL names."""

    name = "MongoDB"
    variable = "MONGO_URL"
    variables: ClassVar[tuple[str, ...]] = (variable,)
    secret_variables: ClassVar[tuple[str, ...]] = (variable,)
    required_variables: ClassVar[tuple[str, ...]] = (variable,)
    migrate_variable = "MONGO_MIGRATE"
    connections_variable = "MONGO_MAX_CONNS"
    system = "mongodb"
    wrong_url = "mongodb://user:{password}@host:not-a-port/x"
    migrates_down = False
    managed_lacks = "transactions, no partial indexes, no validators that bite and no accounts"

    @classmethod
    def availability(cls) -> Availability:
        """See Backend."""
        if reason := java.missing():
            return Availability(
                cls.name, missing=reason, fix=f"pip install 'gowright[verify]', or set {cls.variable}"
            )
        found = "as mongo-java-server, without transactions, from Maven Central at first use"
        return Availability(cls.name, found=found)

    @property
    def unique_can_be_absent(self) -> bool:
        """MongoDB has partial indexes for that, and the stand-in has none."""
        return not self.context.project.has("auth") or not self.server.missing_capabilities

    def start_server(self) -> Server:
        """See ServerBackend."""
        from gowright.verify.backends.database.mongodb_server import ManagedMongoDB

        return ManagedMongoDB(self.context.processes, self.context.progress, self.managed_lacks)

    def external_server(self, url: str) -> Server:
        """See ServerBackend."""
        from gowright.verify.backends.database.mongodb_server import ExternalMongoDB

        return ExternalMongoDB(url, self.variable)
