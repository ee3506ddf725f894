"""Zipkin itself: its server's jar, on a Java runtime that is a wheel."""

from __future__ import annotations

import os
from typing import Any

import httpx

from gowright.verify.processes import Processes
from gowright.verify.report import Failed
from gowright.verify.servers import java
from gowright.verify.servers.ports import LOOPBACK, free_port, wait_until
from gowright.verify.servers.traces import Span

_SERVER = "io.zipkin:zipkin-server:3.6.1"
# Without the storages and collectors that nobody asks for here.
_CLASSIFIER = "slim"
# It serves for minutes: what makes it start sooner counts.
_OPTIONS = ("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
_READY = "Serving HTTP at"
_ATTEMPTS = 5
_START_SECONDS = 90.0


class Zipkin:
    """A server of our own, on a free port, that keeps its spans in memory."""

    def __init__(self, processes: Processes, tell: java.Tell) -> None:
        self._processes = processes
        self._jar = java.program(_SERVER, _CLASSIFIER, tell)
        tell("starting Zipkin")
        for _ in range(_ATTEMPTS):
            self._port = free_port()
            if self._try_start():
                self.url = f"http://{LOOPBACK}:{self._port}"
                return
        raise Failed(f"Zipkin does not start:\n{self._log()}")

    def environment(self) -> dict[str, str]:
        """See Traces."""
        return {"OTEL_EXPORTER_ZIPKIN_ENDPOINT": f"{self.url}/api/v2/spans"}

    def written(self, name: str) -> str:
        """See Traces; Zipkin keeps names in lower case."""
        return name.lower()

    def trace(self, trace_id: str) -> list[Span]:
        """The spans of one trace so far."""
        answer = httpx.get(f"{self.url}/api/v2/trace/{trace_id}", timeout=5)
        return [_span(each) for each in answer.json()] if answer.status_code == 200 else []

    def wait(self, trace_id: str, kind: str, seconds: float) -> list[Span]:
        """See Traces."""
        wait_until(lambda: any(span.kind == kind for span in self.trace(trace_id)), seconds, 0.1)
        return self.trace(trace_id)

    def _try_start(self) -> bool:
        with (self._processes.directory / "zipkin.log").open("wb") as log:
            process = self._processes.start(
                [java.runtime(), *_OPTIONS, "-jar", self._jar],
                env={**os.environ, "QUERY_PORT": str(self._port)},
                output=log,
            )
        # The port may be another's: only its own log says that it got it.
        return (
            wait_until(lambda: process.exit_code is not None or _READY in self._log(), _START_SECONDS, 0.1)
            and process.exit_code is None
        )

    def _log(self) -> str:
        return (self._processes.directory / "zipkin.log").read_text(errors="replace")[-2000:]


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
