"""Zipkin behind an OpenTelemetry Collector. Without a collector, a receiver in this process replaces both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from gowright.model.facts import Facts
from gowright.verify.backends.base import Availability
from gowright.verify.backends.tracing import collector
from gowright.verify.backends.tracing.store import StoreBackend
from gowright.verify.children import java
from gowright.verify.outcomes import Skipped

if TYPE_CHECKING:
    from gowright.verify.backends.tracing.store import SpanStore


class Backend(StoreBackend):
    """A Zipkin server that gets its spans from a collector with the configuration of the project."""

    @classmethod
    @override
    def availability(cls, facts: Facts) -> Availability:
        effect = "verify receives the spans itself"
        if reason := java.missing():
            fix = "pip install 'gowright[verify]'"
            return Availability(facts.name, missing=reason, fix=fix, effect=effect)
        if collector.find() is None:
            missing = "no OpenTelemetry Collector is on PATH"
            return Availability(facts.name, missing=missing, fix=collector.INSTALL, effect=effect)
        return Availability(facts.name, found="from Maven Central at first use")

    @override
    def open_store(self) -> SpanStore:
        from gowright.verify.backends.tracing.zipkin_server import CollectedZipkin

        program = collector.find()
        if program is None or java.missing():
            return self.open_receiver()
        try:
            return CollectedZipkin(self.context, program)
        except Skipped as reason:
            # The JAR can't be downloaded.
            self.context.progress(str(reason))
            return self.open_receiver()
