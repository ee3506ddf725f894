"""Zipkin's own server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gowright.model.facts import Facts
from gowright.verify.backends.base import Availability, TracingBackend, server_of
from gowright.verify.children import java
from gowright.verify.children.lazy import Lazy

if TYPE_CHECKING:
    from gowright.verify.backends.tracing.spans import Span
    from gowright.verify.backends.tracing.zipkin_server import Zipkin


class Backend(TracingBackend):
    """A Zipkin server that keeps its spans in memory."""

    @classmethod
    def availability(cls, facts: Facts) -> Availability:
        """See Backend."""
        if reason := java.missing():
            return Availability(facts.name, missing=reason, fix="pip install 'gowright[verify]'")
        return Availability(facts.name, found="its server, from Maven Central at first use")

    @Lazy
    def server(self) -> Zipkin:
        """The server."""
        from gowright.verify.backends.tracing.zipkin_server import Zipkin

        return Zipkin(self.context.processes, self.context.progress)

    def environment(self) -> dict[str, str]:
        """See Backend."""
        return {server_of(self.facts).variable: self.server.endpoint}

    def stored_name(self, name: str) -> str:
        """See TracingBackend; Zipkin stores names in lower case."""
        return name.lower()

    def wait(self, trace_id: str, kind: str, seconds: float) -> Sequence[Span]:
        """See TracingBackend."""
        return self.server.wait(trace_id, kind, seconds)
