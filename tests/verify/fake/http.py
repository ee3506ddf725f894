"""HTTP of the fake service: requests, responses, and common headers."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

ORIGIN = "https://app.example.com"
TITLES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


class Refused(Exception):
    """An answer other than success."""

    def __init__(self, status: int, detail: str = "", fields: Any = (), **headers: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.fields = list(fields)
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass
class Request:
    """One request, with its body still to be looked at."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: Any
    content: bytes
    id: str
    user: dict[str, Any] = field(default_factory=dict)
    session: str = ""

    def json(self, strict: bool = True) -> dict[str, Any]:
        """The JSON object that it brings."""
        media = self.headers.get("Content-Type", "").partition(";")[0]
        wanted = "application/merge-patch+json" if self.method == "PATCH" else "application/json"
        if media != wanted and strict:
            raise Refused(415, f"send {wanted}")
        try:
            text = self.content.decode()
            value = json.loads(text) if strict else json.JSONDecoder().raw_decode(text)[0]
        except (ValueError, RecursionError) as error:
            raise Refused(400, "not JSON") from error
        if not isinstance(value, dict):
            raise Refused(422, "not an object")
        return value


Answer = tuple[int, Any, dict[str, str]]
Route = tuple[str, str, Callable[[Request, re.Match[str]], Answer]]


class Server(ThreadingHTTPServer):
    """Serves a table of routes."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, routes: list[Route], app: Any, public: bool) -> None:
        self.routes = routes
        self.public = public
        self.app = app
        super().__init__(("127.0.0.1", 0), Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that break off are none of its business."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: Server
    watch: threading.Timer | None = None

    def setup(self) -> None:
        super().setup()
        self.app = self.server.app
        self.begun = time.monotonic()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if seconds := self.app.header_seconds:
            self.watch = threading.Timer(seconds, self.hang_up)
            self.watch.daemon = True
            self.watch.start()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self.serve
        raise AttributeError(name)

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def hang_up(self) -> None:
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def serve(self) -> None:
        with self.app.active_request():
            self.respond()

    def respond(self) -> None:
        if self.watch:
            self.watch.cancel()
        url = urlsplit(self.path)
        given = self.headers.get("X-Request-ID", "")
        request_id = given if re.fullmatch(r"[\w.-]{1,128}", given) else secrets.token_hex(8)
        query = parse_qsl(url.query, keep_blank_values=True)
        request = Request(self.command, url.path, query, self.headers, b"", request_id)
        try:
            status, body, headers = self.answer(request)
        except Refused as refused:
            status, body, headers = refused.status, self.problem(refused, request_id), refused.headers
        self.app.log_access(request, status)
        self.send(status, body, {"X-Request-ID": request_id} | headers)

    def answer(self, request: Request) -> Answer:
        request.content = self.read()
        if self.server.public:
            self.app.before(request, self.client_address[0])
        matching = [
            (method, found, handle)
            for method, pattern, handle in self.server.routes
            if (found := re.fullmatch(pattern, request.path))
        ]
        if origin := self.headers.get("Access-Control-Request-Method") and self.headers.get("Origin"):
            return self.preflight(origin)
        if not matching:
            raise Refused(404, "no such path")
        wanted = "GET" if request.method == "HEAD" else request.method
        for method, found, handle in matching:
            if method == wanted:
                return handle(request, found)
        allowed = ", ".join(method for method, _, _ in matching)
        raise Refused(405, "no such method", **({} if self.app.bug == "no-allow" else {"Allow": allowed}))

    def read(self) -> bytes:
        most = self.app.most_bytes
        if self.headers.get("Transfer-Encoding") == "chunked":
            content = b"".join(iter(self.chunk, b""))
        else:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if len(content) > most and self.app.bug != "no-body-limit":
            raise Refused(413, "too long")
        return content

    def chunk(self) -> bytes:
        content = self.rfile.read(int(self.rfile.readline(), 16))
        self.rfile.readline()
        return content

    def preflight(self, origin: str) -> Answer:
        if not self.app.allows(origin):
            return 204, None, {}
        return (
            204,
            None,
            {
                "Access-Control-Allow-Methods": "PUT",
                "Access-Control-Allow-Headers": "authorization,content-type",
                "Access-Control-Max-Age": "600",
            },
        )

    def problem(self, refused: Refused, request_id: str) -> Any:
        if self.app.bug == "html-errors":
            return "<html>sorry</html>"
        errors = [{"field": name, "message": "is wrong"} for name in refused.fields]
        return {
            "type": "about:blank" if self.app.bug == "no-types" else f"urn:problem:{refused.status}",
            "title": TITLES.get(refused.status, "Problem"),
            "status": refused.status,
            "detail": refused.detail,
            "request_id": request_id,
            **({"errors": errors} if errors and self.app.bug != "no-fields" else {}),
        }

    def send(self, status: int, body: Any, headers: dict[str, str]) -> None:
        content, kind = b"", ""
        if isinstance(body, str):
            content, kind = body.encode(), "text/html" if "<html" in body else "application/yaml"
        elif body is not None:
            content = json.dumps(body).encode()
            kind = "application/problem+json" if status >= 400 else "application/json"
        self.send_response_only(status)
        origin = self.headers.get("Origin", "")
        if origin and self.app.allows(origin):
            headers["Access-Control-Allow-Origin"] = origin
        if self.app.draining:
            headers["Connection"] = "close"
            self.close_connection = True
        for name, value in (HEADERS | {"Vary": "Origin"} | headers).items():
            if not (name == "X-Content-Type-Options" and self.app.bug == "no-nosniff"):
                self.send_header(name, value)
        if kind:
            self.send_header("Content-Type", kind)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(b"" if self.command == "HEAD" or status in (204, 304) else content)


def now() -> str:
    """The time, as the service writes it."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
