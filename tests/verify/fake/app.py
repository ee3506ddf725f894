"""The fake service. It runs in this process."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any

import yaml

from gowright.verify.children.ports import wait_until
from gowright.verify.harness.service import Record
from tests.verify.fake.accounts import AUTH, JwtAuth
from tests.verify.fake.clock import CLOCK
from tests.verify.fake.description import description
from tests.verify.fake.http import ORIGIN, Refused, Request, Route, Server, now
from tests.verify.fake.shop import Shop

OPEN = {"/livez", "/readyz", "/openapi.yaml", "/docs", "/docs/app.js"}
PROBES = {"/livez", "/readyz"}
SIGN_IN = {f"{AUTH}/register", f"{AUTH}/login"}


@cache
def spec(bug: str) -> str:
    """The OpenAPI spec as it is served."""
    return yaml.safe_dump(description(bug))


class App:
    """Responds like a generated service, except for one bug."""

    def __init__(self, env: dict[str, str], key: Any, bug: str) -> None:
        self.env, self.key, self.bug = env, key, bug
        self.lines: list[str] = []
        self.draining = False
        #: The events that wait for someone to read the log; None if they don't wait.
        self.events: list[str] | None = None
        self.active = 0
        self.most_bytes = int(env.get("HTTP_MAX_BODY_BYTES", 1 << 20))
        seconds = env.get("HTTP_READ_HEADER_TIMEOUT", "0s").rstrip("s")
        # Half the timeout, so that the fake is in time on a busy machine.
        self.header_seconds = 0.0 if bug == "slow-clients" else float(seconds) / 2
        self.used: dict[str, list[float]] = defaultdict(list)
        self.lock = threading.Lock()
        self.shop, self.accounts = Shop(self), JwtAuth(self)

    def routes(self) -> list[Route]:
        page = '<html><script src="/docs/app.js"></script></html>'
        if self.bug == "docs-from-afar":
            page = page.replace("/docs/", "https://cdn.example.net/")
        own: list[Route] = [
            ("GET", "/livez", lambda *_: (200, {"status": "alive"}, {})),
            ("GET", "/readyz", lambda *_: (503 if self.draining else 200, {"status": "x"}, {})),
            ("GET", "/openapi.yaml", lambda *_: (200, spec(self.bug), {})),
        ]
        if self.env.get("DOCS_ENABLED") != "false" or self.bug == "docs-stay":
            own += [
                ("GET", "/docs", lambda *_: (200, page, {})),
                ("GET", "/docs/app.js", lambda *_: (200, "x", {})),
            ]
        return own + self.shop.routes() + self.accounts.routes() + self.extra()

    def extra(self) -> list[Route]:
        return self.admin_routes() if self.bug == "one-port" else []

    def admin_routes(self) -> list[Route]:
        return [("GET", "/debug/pprof/", lambda *_: (200, "pprof", {}))]

    def before(self, request: Request, address: str) -> None:
        """Check a request before its handler runs."""
        if request.path in PROBES:
            return
        self.limit(request, address)
        public = request.path.startswith(AUTH) or not request.path.startswith("/api/v1/")
        opened = self.bug == "open-list" and request.path == "/api/v1/orders"
        asked = request.method == "OPTIONS" or opened
        if not public and not asked:
            self.accounts.authenticate(request)

    def limit(self, request: Request, address: str) -> None:
        claimed = request.headers.get("X-Forwarded-For", address).split(", ")[-1]
        trusted = self.env.get("HTTP_TRUSTED_PROXIES", "none") != "none" or self.bug == "believes-headers"
        client = claimed if trusted else address
        self.spend(client, "RATE_LIMIT_REQUESTS", 1)
        if request.path in SIGN_IN:
            self.spend(f"sign-in {client}", "AUTH_RATE_LIMIT_REQUESTS", 600)

    def spend(self, key: str, limit: str, seconds: float) -> None:
        """Count the recent requests of a key, up to a limit from the environment."""
        most = int(self.env.get(limit, 600))
        with self.lock:
            now = CLOCK.read()
            recent = [each for each in self.used[key] if each > now - seconds]
            if len(recent) >= most and self.bug != "no-limit":
                raise Refused(429, **({} if self.bug == "no-retry-after" else {"Retry_After": "1"}))
            self.used[key] = [*recent, now]

    def allows(self, origin: str) -> bool:
        return origin == ORIGIN or self.bug == "any-origin"

    def log_access(self, request: Request, status: int) -> None:
        if self.bug == "no-access-log":
            return
        trace = re.match("00-([0-9a-f]{32})", request.headers.get("traceparent", ""))
        record = {"request_id": request.id, "method": request.method, "status": status}
        self.log(msg="request", path=request.path, trace_id=trace[1] if trace else "", **record)
        if self.bug == "logs-tokens":
            self.log(msg="debug", header=request.headers.get("Authorization"))

    def log(self, **record: Any) -> None:
        if self.bug == "forgets-events" and record["msg"] == "audit" and len(self.lines) % 5 == 0:
            return
        waiting = self.events if record["msg"] == "audit" else None
        (self.lines if waiting is None else waiting).append(
            json.dumps({"time": now(), "level": "info", **record})
        )

    def log_events(self) -> None:
        """Log what waits, as far as someone reads the log."""
        waiting, self.events = self.events, None
        if waiting and self.bug != "forgets-queue":
            self.lines += waiting

    @contextlib.contextmanager
    def active_request(self) -> Iterator[None]:
        with self.lock:
            self.active += 1
        try:
            yield
        finally:
            with self.lock:
                self.active -= 1


class FakeService:
    """Has the interface of ServiceProcess, and runs in a thread."""

    def __init__(self, env: dict[str, str], key: Any, bug: str) -> None:
        self.env = env
        self.app = App(env, key, bug)
        self.exit_code: int | None = None
        self._closed = threading.Event()
        self._public = Server(self.app.routes(), self.app, public=True)
        self._admin = Server(self.app.admin_routes(), self.app, public=False)
        self.url = f"http://127.0.0.1:{self._public.server_address[1]}"
        self.admin_url = f"http://127.0.0.1:{self._admin.server_address[1]}"
        for server in (self._public, self._admin):
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def lines(self) -> list[str]:
        return list(self.app.lines)

    @property
    def records(self) -> list[Record]:
        return [json.loads(line) for line in self.lines]

    def peak_memory(self) -> int:
        """What it would take if each request took a GiB more."""
        return len(self.lines) << 30 if self.app.bug == "hungry" else 0

    def wait_listening(self) -> None:
        """It listens since it was made."""

    @contextlib.contextmanager
    def hold_log(self) -> Iterator[None]:
        """Hold the events. The other lines don't wait."""
        if self.app.bug != "no-events-wait":
            self.app.events = []
        yield
        self.app.log_events()

    def read_log(self) -> None:
        """The events wait until its listeners are closed."""
        if self._closed.is_set():
            self.app.log_events()

    def send(self, _: signal.Signals) -> None:
        threading.Thread(target=self._drain, daemon=True).start()

    def wait_exit(self, seconds: float) -> int | None:
        deadline = time.monotonic() + seconds
        while self.exit_code is None and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.exit_code

    def stop(self) -> int:
        self.kill()
        return 0

    def kill(self) -> None:
        self._close(self._public, self._admin)

    def tail(self, count: int = 15) -> str:
        return "\n".join(self.lines[-count:])

    def _drain(self) -> None:
        if self.app.bug != "no-drain":
            self.app.draining = self.app.bug != "ready-to-the-end"
            time.sleep(float(self.env.get("SHUTDOWN_DELAY", "0s").rstrip("s")))
            self._close(self._public)
            wait_until(lambda: not self.app.active, 5)
        self._close(self._public, self._admin)
        self._closed.set()
        wait_until(lambda: not self.app.events, 5)
        self.exit_code = 1 if self.app.bug == "bad-exit" else 0

    def _close(self, *servers: Server) -> None:
        for server in servers:
            with contextlib.suppress(OSError):
                server.shutdown()
                server.server_close()
