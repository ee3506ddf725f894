"""Shutdown: requests are completed."""

from __future__ import annotations

import json
import signal
import socket
import time
from urllib.parse import urlsplit

import httpx

from gowright.model.resources.resource import Resource
from gowright.verify.check import check
from gowright.verify.children.ports import wait_until
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.load import Call, Load
from gowright.verify.harness.running import RunningService
from gowright.verify.outcomes import Failed

_STILL_SENDING_SECONDS = 0.5
_SETTINGS = {"SHUTDOWN_DELAY": "2s", "SHUTDOWN_TIMEOUT": "10s"}
_MAX_SECONDS = 12.0
_MIN_SERVED = 5
_JSON = {"Content-Type": "application/json"}


@check("drain", "SIGTERM under load loses no request")
def drain(harness: Harness) -> str:
    """SIGTERM under load: clients send for another half second, and no request is lost."""
    with harness.run_service(_SETTINGS) as running:
        calls = _calls(running)
        with Load(running.process.url, calls, keeping=6, opening=3) as load:
            load.wait_served(60, 5)
            half_sent = _HalfSent(running, calls[-1])
            load.callback(half_sent.close)
            before = load.served
            running.process.send(signal.SIGTERM)
            begin = time.monotonic()
            load.end_after(_STILL_SENDING_SECONDS)
            not_ready = _says_not_ready(running)
            load.wait()
            during = load.served - before
            lost = _lost(load) or half_sent.finish()
        code = running.process.wait_exit(_MAX_SECONDS)
        seconds = time.monotonic() - begin
    if lost:
        raise Failed(lost)
    if not not_ready:
        raise Failed(
            "after SIGTERM, /readyz is not 503 or /livez is not 200, so load balancers keep sending requests"
        )
    if during < _MIN_SERVED:
        raise Failed(f"only {during} requests were served after the signal, too few to verify this")
    if code != 0:
        raise Failed(f"after SIGTERM, the service {_ended(code)}:\n{running.process.tail()}")
    return f"{load.served} requests, {during} after the signal, 0 failed, stopped after {seconds:.1f} s"


def _ended(code: int | None) -> str:
    return "does not exit" if code is None else f"exited with code {code}"


def _lost(load: Load) -> str:
    """Describe the failed requests, or return an empty string."""
    number = load.failed.total()
    failures = ", ".join(f"{count}x {what}" for what, count in load.failed.most_common(5))
    return f"{number} of {number + load.served} requests failed: {failures}" if number else ""


def _calls(running: RunningService) -> list[Call]:
    """A list, an object, and a create; without resources, the spec."""
    if not running.resources:
        return [Call("GET", "/openapi.yaml", 200)]
    resource = next(
        (each for each in running.resources if not _required_unique(running, each)), running.resources[0]
    )
    path = f"{resource.path}/{running.create(resource)['id']}"
    token = running.caller().token
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    calls = [
        Call("GET", resource.path, 200, headers=headers),
        Call("GET", path, 200, headers=headers),
    ]
    if not _required_unique(running, resource):
        body = json.dumps(running.samples.body(running.schema(resource), full=False)).encode()
        calls.append(Call("POST", resource.path, 201, body, headers | _JSON))
    return calls


def _required_unique(running: RunningService, resource: Resource) -> bool:
    return any(field.required or not running.backends.unique_can_be_absent for field in resource.unique)


def _says_not_ready(running: RunningService) -> bool:
    """Report whether the service isn't ready but alive."""

    def status(path: str) -> int:
        # A new connection, like a probe.
        try:
            response = httpx.get(f"{running.process.url}{path}", trust_env=False, verify=False, timeout=1)
            return response.status_code
        except httpx.HTTPError:
            return 0

    return wait_until(lambda: status("/readyz") == 503, _STILL_SENDING_SECONDS) and status("/livez") == 200


class _HalfSent:
    """A request whose body is incomplete when the signal arrives."""

    def __init__(self, running: RunningService, call: Call) -> None:
        address = urlsplit(running.process.url)
        self._call = call
        lines = [
            f"{call.method} {call.path} HTTP/1.1",
            f"Host: {address.netloc}",
            f"Content-Length: {len(call.body)}",
        ]
        lines += [f"{name}: {value}" for name, value in call.headers.items()]
        message = ("\r\n".join(lines) + "\r\n\r\n").encode() + call.body
        # Without a body, the last line of the headers is late.
        cut = len(message) - max(len(call.body) // 2, 2)
        self._rest = message[cut:]
        self._socket = socket.create_connection((str(address.hostname), address.port), timeout=10)
        self._socket.sendall(message[:cut])

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def finish(self) -> str:
        """Send the rest and read the response. Return the error, or an empty string."""
        label = f"{self._call.method} {self._call.path}, incomplete at SIGTERM"
        try:
            self._socket.sendall(self._rest)
            response = self._socket.recv(4096)
        except OSError as error:
            return f"{label}: {type(error).__name__}"
        expected = f" {self._call.status} ".encode() in response.partition(b"\r\n")[0]
        return "" if expected else f"{label}, returned {response[:100]!r}, not {self._call.status}"
