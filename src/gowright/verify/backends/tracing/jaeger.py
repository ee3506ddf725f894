"""Jaeger, which receives spans through OTLP. A receiver in this process replaces it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from gowright.verify.backends.tracing.store import StoreBackend

if TYPE_CHECKING:
    from gowright.verify.backends.tracing.store import SpanStore


class Backend(StoreBackend):
    """An OTLP receiver."""

    @override
    def open_store(self) -> SpanStore:
        return self.open_receiver()
