"""Servers that go away and come back: the service stays, and says how it is."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from gowright.verify.check import check
from gowright.verify.checks.conditions import cache, database
from gowright.verify.children.ports import wait_until
from gowright.verify.harness.client import problem_of
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.load import Call, Load
from gowright.verify.harness.running import RunningService
from gowright.verify.outcomes import Failed, Skipped

_READY_SECONDS = 2.0
_RECOVERY_SECONDS = 5.0
_GRACE_SECONDS = 1.5
_CACHE_SECONDS = 1.5


@check("cache-stopped", "the service works while the cache is down", when=cache, timed=True)
def cache_stopped(harness: Harness) -> str:
    """Without the cache every request still gets its response."""
    return _without_cache(harness, harness.cache.server.stop)


@check("cache-frozen", "the service works while the cache does not respond", when=cache, timed=True)
def cache_frozen(harness: Harness) -> str:
    """With a cache that accepts connections and never responds, every request still gets its response in time."""
    return _without_cache(harness, harness.cache.server.freeze)


def _without_cache(harness: Harness, take_away: Callable[[], None]) -> str:
    env = harness.environment()
    if harness.cache.variable not in env:
        raise Skipped(f"there is no {harness.cache.name} to stop")
    with harness.run_service(env=env) as running:
        _used(running)
        with _away(take_away, harness.cache.server.start):
            slowest = max(_used(running) for _ in range(3))
            if slowest > _CACHE_SECONDS:
                raise Failed(f"without the cache a call took {slowest:.1f} s, more than {_CACHE_SECONDS} s")
            running.anonymous.call("GET", "/readyz", 200, why="the cache is optional")
        _used(running)
        _runs(running)
    return f"slowest call {slowest * 1000:.0f} ms"


def _used(running: RunningService) -> float:
    """Use every route of the resources once; the seconds of the slowest call."""
    seconds: list[float] = []

    def timed(method: str, path: str, expect: int, **more: Any) -> httpx.Response:
        begin = time.monotonic()
        answer = running.caller().call(method, path, expect, **more)
        seconds.append(time.monotonic() - begin)
        return answer

    for resource in running.resources:
        body = {"json": running.samples.body(running.schema(resource))}
        path = f"{resource.path}/{timed('POST', resource.path, 201, **body).json()['id']}"
        timed("GET", path, 200)
        timed("GET", path, 200)
        timed("PUT", path, 200, **body)
        timed("GET", resource.path, 200)
        timed("DELETE", path, 204)
    return max(seconds, default=0.0)


@check("database-stopped", "the service recovers from a database outage", when=database, timed=True)
def database_stopped(harness: Harness) -> str:
    """Without its database it is alive and not ready; with it again, it recovers by itself."""
    with harness.run_service(_few_connections(harness)) as running:
        before = [running.create(resource) for resource in running.resources]
        running.anonymous.call("GET", "/readyz", 200)
        with _away(lambda: _stop_under_load(harness, running), harness.database.server.start):
            _says_not_ready(running)
            _refuses_calls(running, 5 + _GRACE_SECONDS)
        seconds = _recovers(running)
        for resource, item in zip(running.resources, before, strict=True):
            running.caller().call(
                "GET", f"{resource.path}/{item['id']}", 200, why="it was stored before the outage"
            )
            running.create(resource)
        _runs(running)
    return f"ready again after {seconds:.1f} s"


def _few_connections(harness: Harness) -> dict[str, str]:
    """Fewer than there are clients, so that some always wait for one."""
    return {harness.database.connections_variable: "2"}


def _stop_under_load(harness: Harness, running: RunningService) -> None:
    """Who uses a connection when the database stops is told the same as who waits for one."""
    if not running.resources:
        harness.database.server.stop()
        return
    token = running.caller().token
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    calls = [Call("GET", resource.path, 200, headers=headers) for resource in running.resources]
    with Load(running.process.url, calls, keeping=12, opening=0) as load:
        load.wait_served(100, 5)
        harness.database.server.stop()
    if wrong := [
        f"{said} ({count} times)" for said, count in load.failed.items() if not said.endswith(": 503")
    ]:
        raise Failed("while the database stopped, clients were not told 503:\n" + "\n".join(wrong))


@check(
    "database-frozen", "requests fail in time while the database does not respond", when=database, timed=True
)
def database_frozen(harness: Harness) -> str:
    """With a database that takes connections and answers nothing, it refuses calls in time."""
    with harness.run_service({"HTTP_REQUEST_TIMEOUT": "1s"}) as running:
        before = [running.create(resource) for resource in running.resources]
        with _away(harness.database.server.freeze, harness.database.server.start):
            _says_not_ready(running)
            _refuses_calls(running, 1 + _GRACE_SECONDS)
        seconds = _recovers(running)
        for resource, item in zip(running.resources, before, strict=True):
            running.caller().call("GET", f"{resource.path}/{item['id']}", 200, why="after the outage")
            running.create(resource)
        _runs(running)
    return f"ready again after {seconds:.1f} s"


@check("database-late", "the service starts before its database and recovers", when=database, timed=True)
def database_late(harness: Harness) -> str:
    """Started before its database is there, it waits alive and becomes ready by itself."""
    env, document = harness.environment(), harness.service.spec
    with contextlib.ExitStack() as stack:
        with _away(harness.database.server.stop, harness.database.server.start):
            running = stack.enter_context(harness.run_service(env=env, spec=document))
            _says_not_ready(running)
        seconds = _recovers(running)
        for resource in running.resources:
            running.create(resource)
    return f"ready after {seconds:.1f} s"


def _says_not_ready(running: RunningService) -> None:
    begin = time.monotonic()

    def status() -> int:
        asked = time.monotonic()
        answer = running.anonymous.call("GET", "/readyz", (200, 503), why="the database is stopped")
        if (seconds := time.monotonic() - asked) > _READY_SECONDS:
            raise Failed(f"GET /readyz took {seconds:.1f} s while the database is stopped")
        return answer.status_code

    if not wait_until(lambda: status() == 503, _READY_SECONDS, 0.1):
        seconds = time.monotonic() - begin
        raise Failed(f"GET /readyz still answers 200, {seconds:.1f} s after the database was stopped")
    if status() != 503:
        raise Failed("GET /readyz goes back and forth while the database is stopped")
    running.anonymous.call("GET", "/livez", 200, why="the database is stopped")


def _refuses_calls(running: RunningService, most: float) -> None:
    for resource in running.resources[:1]:
        body = running.samples.body(running.schema(resource))
        calls: tuple[tuple[str, dict[str, Any]], ...] = (("GET", {}), ("POST", {"json": body}))
        for method, more in calls:
            begin = time.monotonic()
            answer = running.caller().call(method, resource.path, 503, why="the database is stopped", **more)
            seconds = time.monotonic() - begin
            problem_of(answer, f"{method} {resource.path}")
            if not answer.headers.get("retry-after", "").isdigit():
                raise Failed(f"{method} {resource.path}: a 503 without Retry-After")
            if seconds > most:
                raise Failed(f"{method} {resource.path} took {seconds:.1f} s to answer 503")


def _recovers(running: RunningService) -> float:
    begin = time.monotonic()
    if not wait_until(running.ready, _RECOVERY_SECONDS, 0.1):
        raise Failed(f"GET /readyz still answers 503, {_RECOVERY_SECONDS:.0f} s after the database is back")
    return time.monotonic() - begin


def _runs(running: RunningService) -> None:
    if running.process.exit_code is not None:
        raise Failed(f"the service ended with code {running.process.exit_code}:\n{running.process.tail()}")


@contextlib.contextmanager
def _away(take_away: Callable[[], None], give_back: Callable[[], None]) -> Iterator[None]:
    """Later checks need the server again, however this one ends."""
    try:
        take_away()
        yield
    finally:
        give_back()
