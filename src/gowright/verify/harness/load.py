"""Clients that keep sending requests, like a load balancer. Each request is counted, and none is retried."""

from __future__ import annotations

import contextlib
import http.client
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_SECONDS = 10.0
_PAUSE = 0.01


@dataclass(frozen=True, slots=True)
class Call:
    """A request, and the expected status of the response."""

    method: str
    path: str
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Load(contextlib.ExitStack):
    """Some clients with persistent connections, and some that connect for each request."""

    def __init__(self, url: str, calls: list[Call], keeping: int, opening: int) -> None:
        super().__init__()
        self._address = urlsplit(url)
        self._calls = calls
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self.served = 0
        self.failed: Counter[str] = Counter()
        kinds = [True] * keeping + [False] * opening
        self._threads = [threading.Thread(target=self._run, args=(n, keep)) for n, keep in enumerate(kinds)]

    def __enter__(self) -> Load:
        super().__enter__()
        self.callback(self.stop)
        for thread in self._threads:
            thread.start()
        return self

    def wait_served(self, count: int, seconds: float) -> None:
        """Wait until a number of requests were successful."""
        deadline = time.monotonic() + seconds
        while self.served < count and time.monotonic() < deadline:
            time.sleep(0.01)

    def end_after(self, seconds: float) -> None:
        """Stop the clients after a time, without blocking."""
        timer = threading.Timer(seconds, self._stop.set)
        timer.daemon = True
        timer.start()

    def wait(self) -> None:
        """Wait until every client has finished its last request."""
        for thread in self._threads:
            thread.join()

    def stop(self) -> None:
        """Stop the clients after their current requests."""
        self._stop.set()
        self.wait()

    def _run(self, number: int, keep: bool) -> None:
        connection = self._connect()
        while not self._stop.is_set():
            call = self._calls[number % len(self._calls)]
            number += 1
            outcome = self._make(connection, call)
            with self._lock:
                if outcome:
                    self.failed[outcome] += 1
                else:
                    self.served += 1
            if outcome or not keep:
                connection.close()
                connection = self._connect()
            if outcome:
                self._stop.wait(_PAUSE)
        connection.close()

    def _make(self, connection: http.client.HTTPConnection, call: Call) -> str:
        """Send one request, and return the error or an empty string."""
        try:
            connection.request(call.method, call.path, body=call.body or None, headers=call.headers)
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException) as error:
            return f"{call.method} {call.path}: {type(error).__name__}"
        if response.status != call.status:
            return f"{call.method} {call.path}: {response.status}"
        return ""

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(str(self._address.hostname), self._address.port, timeout=_SECONDS)
