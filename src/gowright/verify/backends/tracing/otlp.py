"""An OTLP/HTTP receiver for traces, in this process."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from gowright.verify.backends.tracing.spans import Span
from gowright.verify.children.ports import LOOPBACK, wait_until

_KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")


class Receiver:
    """Stores all spans that it receives."""

    source = "an OTLP receiver"

    def __init__(self) -> None:
        self._spans: list[Span] = []
        self._lock = threading.Lock()
        self._server = _Server((LOOPBACK, 0), _handler(self))
        self.endpoint = f"http://{LOOPBACK}:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()

    def stored_name(self, name: str) -> str:
        """Return the name, which is stored as it is."""
        return name

    def add(self, spans: Sequence[Span]) -> None:
        """Store spans."""
        with self._lock:
            self._spans.extend(spans)

    def trace(self, trace_id: str) -> list[Span]:
        """The spans of a trace so far."""
        with self._lock:
            return [span for span in self._spans if span.trace_id == trace_id]

    def wait(self, trace_id: str, kind: str, seconds: float) -> list[Span]:
        """The spans of a trace. Waits at most `seconds` until one of this kind is among them."""
        wait_until(lambda: any(span.kind == kind for span in self.trace(trace_id)), seconds, 0.05)
        return self.trace(trace_id)

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore errors: a killed service closes its connections."""


def decode(body: bytes) -> list[Span]:
    """The spans of an export request."""
    request = ExportTraceServiceRequest()
    request.ParseFromString(body)
    return [
        Span(
            service=_attributes(batch.resource.attributes).get("service.name", ""),
            trace_id=span.trace_id.hex(),
            span_id=span.span_id.hex(),
            parent_id=span.parent_span_id.hex(),
            name=span.name,
            kind=_KINDS[span.kind],
            attributes=_attributes(span.attributes),
        )
        for batch in request.resource_spans
        for scope in batch.scope_spans
        for span in scope.spans
    ]


def _attributes(pairs: Any) -> dict[str, str]:
    return {
        pair.key: str(getattr(pair.value, pair.value.WhichOneof("value") or "string_value")) for pair in pairs
    }


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            if self.path == "/v1/traces":
                receiver.add(decode(body))
            response = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200 if self.path == "/v1/traces" else 404)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(response)))
            self.end_headers()
            self.wfile.write(response)

        def log_message(self, *_: object) -> None:
            """Log nothing: the terminal is for the report."""

    return Handler
