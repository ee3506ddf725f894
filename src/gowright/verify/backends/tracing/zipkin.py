"""Zipkin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from typing_extensions import override

from gowright.model.facts import Facts
from gowright.verify.backends.base import Availability, TracingBackend, server_of
from gowright.verify.children import java
from gowright.verify.children.lazy import Lazy

if TYPE_CHECKING:
    from gowright.verify.backends.tracing.spans import Span
    from gowright.verify.backends.tracing.zipkin_server import Zipkin


class Backend(TracingBackend):
    """A Zipkin server that stores spans in memory."""

    @classmethod
    @override
    def availability(cls, facts: Facts) -> Availability:
        if reason := java.missing():
            return Availability(facts.name, missing=reason, fix="pip install 'gowright[verify]'")
        return Availability(facts.name, found="from Maven Central at first use")

    @Lazy
    def server(self) -> Zipkin:
        """The server."""
        from gowright.verify.backends.tracing.zipkin_server import Zipkin

        return Zipkin(self.context.processes, self.context.progress)

    @override
    def environment(self) -> dict[str, str]:
        return {server_of(self.facts).variable: self.server.endpoint}

    @override
    def stored_name(self, name: str) -> str:
        """Return the name in lower case, as Zipkin stores it."""
        return name.lower()

    @override
    def wait(self, trace_id: str, kind: str, seconds: float) -> Sequence[Span]:
        return self.server.wait(trace_id, kind, seconds)
