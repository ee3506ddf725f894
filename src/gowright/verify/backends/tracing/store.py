"""A backend whose spans verify reads back from the server that receives them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from typing_extensions import override

from gowright.verify.backends.base import TracingBackend, server_of
from gowright.verify.children.lazy import Lazy

if TYPE_CHECKING:
    from gowright.verify.backends.tracing.spans import Span


class SpanStore(Protocol):
    """Receives spans as OTLP, and returns them."""

    #: The base URL of the OTLP/HTTP receiver.
    endpoint: str
    #: Where the spans are read from, in prose.
    source: str

    def stored_name(self, name: str) -> str:
        """The name of a span or a service as the store returns it."""

    def wait(self, trace_id: str, kind: str, seconds: float) -> Sequence[Span]:
        """The spans of a trace. Waits at most `seconds` until one of this kind is among them."""


class StoreBackend(TracingBackend):
    """A backend with a store, which is opened on first use."""

    @abstractmethod
    def open_store(self) -> SpanStore:
        """Start the store for this run."""

    @Lazy
    def store(self) -> SpanStore:
        """The store of this run."""
        return self.open_store()

    @property
    @override
    def source(self) -> str:
        return self.store.source

    @override
    def environment(self) -> dict[str, str]:
        return {server_of(self.facts).variable: self.store.endpoint}

    @override
    def stored_name(self, name: str) -> str:
        return self.store.stored_name(name)

    @override
    def wait(self, trace_id: str, kind: str, seconds: float) -> Sequence[Span]:
        return self.store.wait(trace_id, kind, seconds)

    def open_receiver(self) -> SpanStore:
        """Start an OTLP receiver in this process."""
        from gowright.verify.backends.tracing.otlp import Receiver

        receiver = Receiver()
        self.context.processes.callback(receiver.close)
        return receiver
