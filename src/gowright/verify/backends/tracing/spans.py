"""Where spans go, and what the checks ask of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Span:
    """One span as it arrived; ids are in hexadecimal, a root's parent is empty."""

    service: str
    trace_id: str
    span_id: str
    parent_id: str
    name: str
    kind: str
    attributes: dict[str, str]


class Traces(Protocol):
    """What keeps the spans of services."""

    def environment(self) -> dict[str, str]:
        """What a service is told, so that its spans arrive here."""

    def written(self, name: str) -> str:
        """How a span's name, or a service's, comes out of it."""

    def wait(self, trace_id: str, kind: str, seconds: float) -> list[Span]:
        """The spans of one trace, as soon as one of this kind is among them or the time is over."""
