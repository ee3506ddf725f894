"""Jaeger, which receives spans through OTLP. A receiver in this process replaces it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from typing_extensions import override

from gowright.verify.backends.base import TracingBackend, server_of
from gowright.verify.children.lazy import Lazy

if TYPE_CHECKING:
    from gowright.verify.backends.tracing.otlp import Receiver
    from gowright.verify.backends.tracing.spans import Span


class Backend(TracingBackend):
    """An OTLP receiver."""

    @Lazy
    def receiver(self) -> Receiver:
        """The receiver."""
        from gowright.verify.backends.tracing.otlp import Receiver

        receiver = Receiver()
        self.context.processes.callback(receiver.close)
        return receiver

    @override
    def environment(self) -> dict[str, str]:
        return {server_of(self.facts).variable: self.receiver.endpoint}

    @override
    def wait(self, trace_id: str, kind: str, seconds: float) -> Sequence[Span]:
        return self.receiver.wait(trace_id, kind, seconds)
