"""Shutdown: pending events and spans are flushed."""

from __future__ import annotations

import contextlib
import json
import secrets
import select
import signal
import socket
import time
from collections.abc import Sequence
from http.client import HTTPException, HTTPResponse
from urllib.parse import urlsplit

from gowright.verify.check import check
from gowright.verify.children.ports import LOOPBACK, wait_until
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.running import RunningService
from gowright.verify.outcomes import Failed

_ROUNDS = 3
_REQUESTS = 80
_SETTINGS = {
    "LOG_LEVEL": "info",
    "EVENTS_WORKERS": "1",
    "SHUTDOWN_DELAY": "0s",
    "SHUTDOWN_TIMEOUT": "60s",
    "HTTP_READ_TIMEOUT": "60s",
    "HTTP_REQUEST_TIMEOUT": "60s",
    "HTTP_WRITE_TIMEOUT": "90s",
}
_MAX_SECONDS = 30.0
#: How many events must be pending when the service has answered all requests. They are more lines than the service can
#: write in _READS.
_PENDING = 40
#: How much longer nobody reads the log then, how often it's read with a pause after that, and the pause. A service that
#: forgets its events gets its turn to write its last line, and ends.
_HELD_SECONDS = 1.0
_READS = 6
_PAUSE_SECONDS = 0.05
#: The service waits for its queue for five seconds. If this took longer, because the machine is slow, lost events are
#: no fault.
_MAX_HELD_SECONDS = 4.0


@check("flush", "pending spans and events are flushed at shutdown", timed=True)
def flush(harness: Harness) -> str:
    """Pending spans and events are flushed before the exit.

    A service that has handled its events before it stops shows nothing, however it treats pending ones. Therefore,
    nobody reads its log, which the events are written to, until it has stopped its listeners.
    """
    changes = {"OTEL_BSP_SCHEDULE_DELAY": "60000"} if "tracing" in harness.project.traits else {}
    for _ in range(_ROUNDS):
        with harness.run_service(_SETTINGS | changes, narrow_log=True) as running:
            trace_id = secrets.token_hex(16)
            headers = {"traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-01"}
            path = running.resources[0].path if running.resources else "/openapi.yaml"
            running.caller().call("GET", path, 200, headers=headers)
            pending = _stop_with_pending_events(running)
            if changes and not harness.tracing.wait(trace_id, "server", 1):
                raise Failed("the spans of the last request were not exported before the exit")
        if not running.resources:
            return ""
        if pending >= _PENDING:
            return f"{pending} pending events"
    raise Failed(
        f"not shown: in each of {_ROUNDS} attempts, the service had logged almost all events before its listeners "
        "were closed, or this machine was too slow"
    )


def _stop_with_pending_events(running: RunningService) -> int:
    """Stop the service while events are pending, and return how many; 0 if that took too long.

    Raises:
        Failed: if it loses an event.
    """
    process = running.process
    with contextlib.ExitStack() as stack:
        requests = _begun_requests(running, stack)
        process.send(signal.SIGINT)
        if not wait_until(lambda: _refuses(process.url), _MAX_SECONDS):
            raise Failed(f"after SIGINT, the service accepts connections:\n{process.tail()}")
        with process.hold_log():
            ids = _answers(running, requests)
            begin = time.monotonic()
            pending = len(ids) - len(_logged(running, ids))
            wait_until(lambda: _refuses(process.admin_url), _MAX_SECONDS)
            time.sleep(_HELD_SECONDS)
            for _ in range(_READS):
                process.read_log()
                time.sleep(_PAUSE_SECONDS)
        held = time.monotonic() - begin
    code = process.wait_exit(_MAX_SECONDS)
    if ids and held > _MAX_HELD_SECONDS:
        return 0
    if code != 0:
        ended = "does not exit" if code is None else f"exited with code {code}"
        raise Failed(f"after SIGINT, the service {ended}:\n{process.tail()}")
    if lost := len(ids) - len(_logged(running, ids)):
        raise Failed(
            f"the audit log misses {lost} of {len(ids)} objects that were created just before the exit"
        )
    return pending


def _begun_requests(running: RunningService, stack: contextlib.ExitStack) -> list[_Begun]:
    """Requests that create objects, and whose handlers wait for their bodies."""
    resources = running.resources
    if not resources:
        return []
    bodies = [(each.path, running.body(each)) for _ in range(_REQUESTS) for each in resources]
    return [
        stack.enter_context(_Begun(running, path, json.dumps(body).encode()))
        for path, body in bodies[:_REQUESTS]
    ]


def _answers(running: RunningService, requests: Sequence[_Begun]) -> list[str]:
    """Complete the requests, reading as little of the log as possible, and return the IDs of the created objects."""
    for request in requests:
        request.complete()
    deadline = time.monotonic() + _MAX_SECONDS
    while any(not request.answered() for request in requests) and time.monotonic() < deadline:
        # A handler writes to the log before its response is sent.
        running.process.read_log()
        time.sleep(_PAUSE_SECONDS)
    return [request.created_id() for request in requests]


def _logged(running: RunningService, ids: Sequence[str]) -> list[str]:
    text = "\n".join(running.process.lines)
    return [each for each in ids if f'"{each}"' in text]


def _refuses(url: str) -> bool:
    try:
        socket.create_connection((LOOPBACK, urlsplit(url).port or 0), timeout=1).close()
    except OSError:
        return True
    return False


class _Begun:
    """A request that creates an object, and whose handler waits for the body."""

    def __init__(self, running: RunningService, path: str, body: bytes) -> None:
        self._label = f"POST {path}, begun before SIGINT"
        self._body = body
        address = urlsplit(running.process.url)
        token = running.caller().token
        lines = [
            f"POST {path} HTTP/1.1",
            f"Host: {address.netloc}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            *([f"Authorization: Bearer {token}"] if token else []),
            # The service sends the status 100 when the handler begins to read the body.
            "Expect: 100-continue",
        ]
        self._socket = socket.create_connection((str(address.hostname), address.port), timeout=_MAX_SECONDS)
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        status = self._socket.recv(4096).partition(b"\r\n")[0]
        if b" 100 " not in status:
            raise Failed(f"{self._label}, returned {status!r} before it had the body")

    def __enter__(self) -> _Begun:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def complete(self) -> None:
        """Send the body."""
        self._socket.sendall(self._body)

    def answered(self) -> bool:
        """Report whether there is a response."""
        return bool(select.select([self._socket], [], [], 0)[0])

    def created_id(self) -> str:
        """Read the response, and return the ID of the object.

        Raises:
            Failed: if the object wasn't created.
        """
        try:
            response = HTTPResponse(self._socket)
            response.begin()
            content = response.read()
        except (OSError, HTTPException) as error:
            raise Failed(f"{self._label}: {type(error).__name__}: {error}") from error
        if response.status != 201:
            raise Failed(f"{self._label}, returned {response.status}, not 201: {content[:200]!r}")
        return str(json.loads(content)["id"])
