"""Zipkin itself: its server's jar, on a Java runtime that is a wheel."""

from __future__ import annotations

import os
from typing import Any

import httpx

from gowright.verify.backends.managed import ManagedServer
from gowright.verify.backends.tracing.spans import Span
from gowright.verify.children import java
from gowright.verify.children.ports import LOOPBACK, wait_until
from gowright.verify.children.processes import Process, Processes

_SERVER = "io.zipkin:zipkin-server:3.6.1"
# Without the storages and collectors that nobody asks for here.
_CLASSIFIER = "slim"
# It serves for minutes: what makes it start sooner counts.
_OPTIONS = ("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
_READY = "Serving HTTP at"


class Zipkin(ManagedServer):
    """A server of our own that keeps its spans in memory."""

    name = "Zipkin"
    seconds = 90.0

    def __init__(self, processes: Processes, tell: java.Progress) -> None:
        super().__init__(processes)
        self._jar = java.program(_SERVER, _CLASSIFIER, tell)
        tell("starting Zipkin")
        self.start()
        # Nobody's proxy leads to this machine.
        self._client = processes.enter_context(
            httpx.Client(base_url=f"http://{LOOPBACK}:{self.port}", trust_env=False, timeout=5)
        )

    @property
    def endpoint(self) -> str:
        """The URL that services send spans to."""
        return f"http://{LOOPBACK}:{self.port}/api/v2/spans"

    def trace(self, trace_id: str) -> list[Span]:
        """The spans of one trace so far."""
        try:
            answer = self._client.get(f"/api/v2/trace/{trace_id}")
        except httpx.HTTPError:
            # It is busy: whoever waits asks again.
            return []
        return [_span(each) for each in answer.json()] if answer.status_code == 200 else []

    def wait(self, trace_id: str, kind: str, seconds: float) -> list[Span]:
        """The spans of one trace, as soon as one of this kind is among them or the time is over."""
        wait_until(lambda: any(span.kind == kind for span in self.trace(trace_id)), seconds, 0.1)
        return self.trace(trace_id)

    def _launch(self, port: int) -> Process:
        with self._log.open("wb") as log:
            return self._processes.start(
                [java.runtime(), *_OPTIONS, "-jar", self._jar],
                env={**os.environ, "QUERY_PORT": str(port)},
                output=log,
            )

    def _serves(self) -> bool:
        # Only its own log says that it got the port.
        return _READY in self._said()


def _span(document: dict[str, Any]) -> Span:
    return Span(
        service=document.get("localEndpoint", {}).get("serviceName", ""),
        trace_id=document["traceId"],
        span_id=document["id"],
        parent_id=document.get("parentId", ""),
        name=document.get("name", ""),
        # What is neither a client's nor a server's has no kind in Zipkin.
        kind=document.get("kind", "internal").lower(),
        attributes=document.get("tags", {}),
    )
