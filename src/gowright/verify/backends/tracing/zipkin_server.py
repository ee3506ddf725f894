"""The Zipkin server: a JAR on the Java runtime of a wheel."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import httpx

from gowright.verify.backends.base import Context
from gowright.verify.backends.managed import ManagedServer
from gowright.verify.backends.tracing.collector import Collector, configuration
from gowright.verify.backends.tracing.spans import Span
from gowright.verify.children import java
from gowright.verify.children.ports import LOOPBACK, wait_until
from gowright.verify.children.processes import Process, Processes

_SERVER = "io.zipkin:zipkin-server:3.6.1"
# Without storage backends and collectors that aren't needed.
_CLASSIFIER = "slim"
# It runs for minutes, so the startup time matters.
_OPTIONS = ("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
_READY = "Serving HTTP at"


class Zipkin(ManagedServer):
    """A Zipkin server that stores spans in memory."""

    name = "Zipkin"
    seconds = 90.0

    def __init__(self, processes: Processes, progress: java.Progress) -> None:
        super().__init__(processes)
        self._jar = java.program(_SERVER, _CLASSIFIER, progress)
        progress("starting Zipkin")
        self.start()
        # A proxy can't reach the loopback address.
        self._client = processes.enter_context(
            httpx.Client(base_url=f"http://{LOOPBACK}:{self.port}", trust_env=False, timeout=5)
        )

    @property
    def spans_url(self) -> str:
        """The URL that receives spans as JSON."""
        return f"http://{LOOPBACK}:{self.port}/api/v2/spans"

    def trace(self, trace_id: str) -> list[Span]:
        """The spans of a trace so far."""
        try:
            response = self._client.get(f"/api/v2/trace/{trace_id}")
        except httpx.HTTPError:
            # The server is busy; the caller retries.
            return []
        return [_span(each) for each in response.json()] if response.status_code == 200 else []

    def wait(self, trace_id: str, kind: str, seconds: float) -> list[Span]:
        """The spans of a trace. Waits at most `seconds` until one of this kind is among them."""
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
        # The log is the only sign that this process got the port.
        return _READY in self._log_tail()


class CollectedZipkin:
    """A Zipkin server, and the collector that sends spans to it.

    Args:
        context: the project, whose configuration the collector has, and the processes of the run.
        program: the collector.
    """

    source = "Zipkin"

    def __init__(self, context: Context, program: Path) -> None:
        self._zipkin = Zipkin(context.processes, context.progress)
        env = {"ZIPKIN_ENDPOINT": self._zipkin.spans_url}
        collector = Collector(context.processes, program, configuration(context.project.root), env)
        self.endpoint = collector.endpoint

    def stored_name(self, name: str) -> str:
        """Return the name in lower case, as Zipkin stores it."""
        return name.lower()

    def wait(self, trace_id: str, kind: str, seconds: float) -> list[Span]:
        """The spans of a trace. Waits at most `seconds` until one of this kind is among them."""
        return self._zipkin.wait(trace_id, kind, seconds)


def _span(span: dict[str, Any]) -> Span:
    return Span(
        service=span.get("localEndpoint", {}).get("serviceName", ""),
        trace_id=span["traceId"],
        span_id=span["id"],
        parent_id=span.get("parentId", ""),
        name=span.get("name", ""),
        # Zipkin has no kind for internal spans.
        kind=span.get("kind", "internal").lower(),
        attributes=span.get("tags", {}),
    )
