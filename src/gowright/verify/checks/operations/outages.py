"""Server outages: the service stays available, and reports its state."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from gowright.verify.check import check
from gowright.verify.checks.conditions import both, cache, database, database_server, resources
from gowright.verify.children.ports import wait_until
from gowright.verify.harness.client import problem_of
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.load import Call, Load
from gowright.verify.harness.running import RunningService
from gowright.verify.harness.service import ServiceProcess
from gowright.verify.outcomes import Failed, Skipped

_READY_SECONDS = 2.0
_RECOVERY_SECONDS = 5.0
_GRACE_SECONDS = 1.5
_CACHE_SECONDS = 1.5


@check("cache-stopped", "the service works while the cache is down", when=cache, timed=True)
def cache_stopped(harness: Harness) -> str:
    """During a cache outage, every request succeeds."""
    return _without_cache(harness, harness.cache.server.stop)


@check("cache-frozen", "the service works while the cache does not respond", when=cache, timed=True)
def cache_frozen(harness: Harness) -> str:
    """With a cache that never responds, every request succeeds in time."""
    return _without_cache(harness, harness.cache.server.freeze)


def _without_cache(harness: Harness, take_away: Callable[[], None]) -> str:
    env = harness.environment()
    if harness.cache.variable not in env:
        raise Skipped(f"{harness.cache.name} is not available")
    with harness.run_service(env=env) as running:
        _used(running)
        with _away(take_away, harness.cache.server.start):
            slowest = max(_used(running) for _ in range(3))
            if slowest > _CACHE_SECONDS:
                raise Failed(
                    f"without the cache, a request took {slowest:.1f} s, more than {_CACHE_SECONDS} s"
                )
            running.anonymous.call("GET", "/readyz", 200, why="the cache is optional")
        _used(running)
        _runs(running)
    return f"slowest request {slowest * 1000:.0f} ms"


def _used(running: RunningService) -> float:
    """Use every route of the resources once, and return the duration of the slowest request."""
    seconds: list[float] = []

    def timed(method: str, path: str, expect: int, **more: Any) -> httpx.Response:
        begin = time.monotonic()
        response = running.caller().call(method, path, expect, **more)
        seconds.append(time.monotonic() - begin)
        return response

    for resource in running.resources:
        body = {"json": running.samples.body(running.schema(resource))}
        path = f"{resource.path}/{timed('POST', resource.path, 201, **body).json()['id']}"
        timed("GET", path, 200)
        timed("GET", path, 200)
        timed("PUT", path, 200, **body)
        timed("GET", resource.path, 200)
        timed("DELETE", path, 204)
    return max(seconds, default=0.0)


@check("database-stopped", "the service recovers from a database outage", when=database_server, timed=True)
def database_stopped(harness: Harness) -> str:
    """During a database outage, the service is alive and not ready; afterward, it recovers."""
    with harness.run_service(_few_connections(harness)) as running:
        before = [running.create(resource) for resource in running.resources]
        running.anonymous.call("GET", "/readyz", 200)
        with _away(lambda: _stop_under_load(harness, running), harness.database.server.start):
            _says_not_ready(running)
            _rejects_requests(running, 5 + _GRACE_SECONDS)
        seconds = _recovers(running)
        kept = harness.database.survives_restart
        for resource, item in zip(running.resources, before, strict=True):
            if kept:
                running.caller().call(
                    "GET", f"{resource.path}/{item['id']}", 200, why="it was stored before the outage"
                )
            running.create(resource)
        _runs(running)
    lost = "" if kept else ", without the data, because the stand-in loses what a migration renamed"
    return f"ready again after {seconds:.1f} s{lost}"


@check("restart", "stored objects survive the end of the service", when=both(database, resources))
def restart(harness: Harness) -> str:
    """What a client has stored is there after a graceful shutdown, and after the process was killed."""
    env, spec = harness.environment(), harness.service.spec
    for end in (ServiceProcess.stop, ServiceProcess.kill):
        with harness.run_service(env=env, spec=spec) as running:
            items = [(each.path, running.create(each)) for each in running.resources]
            token = running.caller().token
            end(running.process)
        with harness.run_service(env=env, spec=spec) as running:
            caller = running.anonymous.with_token(token)
            for path, item in items:
                found = caller.call("GET", f"{path}/{item['id']}", 200, why="after a restart").json()
                if found != item:
                    raise Failed(f"GET {path}/{item['id']}: {found} after a restart, not {item}")
    return "stopped and killed"


def _few_connections(harness: Harness) -> dict[str, str]:
    """Fewer connections than clients, so that some clients always wait for one."""
    return {harness.database.connections_variable: "2"}


def _stop_under_load(harness: Harness, running: RunningService) -> None:
    """Stop the database under load: clients that use a connection and clients that wait for one get 503."""
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
        f"{failure} ({count} times)"
        for failure, count in load.failed.items()
        if not failure.endswith(": 503")
    ]:
        raise Failed("while the database stopped, responses were not 503:\n" + "\n".join(wrong))


@check(
    "database-frozen",
    "requests fail in time while the database does not respond",
    when=database_server,
    timed=True,
)
def database_frozen(harness: Harness) -> str:
    """With a database that never responds, requests fail in time."""
    with harness.run_service({"HTTP_REQUEST_TIMEOUT": "1s"}) as running:
        before = [running.create(resource) for resource in running.resources]
        with _away(harness.database.server.freeze, harness.database.server.start):
            _says_not_ready(running)
            _rejects_requests(running, 1 + _GRACE_SECONDS)
        seconds = _recovers(running)
        for resource, item in zip(running.resources, before, strict=True):
            running.caller().call("GET", f"{resource.path}/{item['id']}", 200, why="after the outage")
            running.create(resource)
        _runs(running)
    return f"ready again after {seconds:.1f} s"


@check(
    "database-late", "the service starts before its database and recovers", when=database_server, timed=True
)
def database_late(harness: Harness) -> str:
    """A service that starts before its database waits and becomes ready."""
    env, spec = harness.environment(), harness.service.spec
    with contextlib.ExitStack() as stack:
        with _away(harness.database.server.stop, harness.database.server.start):
            running = stack.enter_context(harness.run_service(env=env, spec=spec))
            _says_not_ready(running)
        seconds = _recovers(running)
        for resource in running.resources:
            running.create(resource)
    return f"ready after {seconds:.1f} s"


def _says_not_ready(running: RunningService) -> None:
    begin = time.monotonic()

    def status() -> int:
        start = time.monotonic()
        response = running.anonymous.call("GET", "/readyz", (200, 503), why="the database is stopped")
        if (seconds := time.monotonic() - start) > _READY_SECONDS:
            raise Failed(f"GET /readyz took {seconds:.1f} s while the database is stopped")
        return response.status_code

    if not wait_until(lambda: status() == 503, _READY_SECONDS, 0.1):
        seconds = time.monotonic() - begin
        raise Failed(f"GET /readyz still returns 200, {seconds:.1f} s after the database was stopped")
    if status() != 503:
        raise Failed("GET /readyz is unstable while the database is stopped")
    running.anonymous.call("GET", "/livez", 200, why="the database is stopped")


def _rejects_requests(running: RunningService, max_seconds: float) -> None:
    for resource in running.resources[:1]:
        body = running.samples.body(running.schema(resource))
        calls: tuple[tuple[str, dict[str, Any]], ...] = (("GET", {}), ("POST", {"json": body}))
        for method, more in calls:
            begin = time.monotonic()
            response = running.caller().call(
                method, resource.path, 503, why="the database is stopped", **more
            )
            seconds = time.monotonic() - begin
            problem_of(response, f"{method} {resource.path}")
            if not response.headers.get("retry-after", "").isdigit():
                raise Failed(f"{method} {resource.path}: a 503 without Retry-After")
            if seconds > max_seconds:
                raise Failed(f"{method} {resource.path} took {seconds:.1f} s to return 503")


def _recovers(running: RunningService) -> float:
    begin = time.monotonic()
    if not wait_until(running.ready, _RECOVERY_SECONDS, 0.1):
        raise Failed(f"GET /readyz still returns 503, {_RECOVERY_SECONDS:.0f} s after the database restarted")
    return time.monotonic() - begin


def _runs(running: RunningService) -> None:
    if running.process.exit_code is not None:
        raise Failed(f"the service exited with code {running.process.exit_code}:\n{running.process.tail()}")


@contextlib.contextmanager
def _away(take_away: Callable[[], None], give_back: Callable[[], None]) -> Iterator[None]:
    """Take a server away for the block, and give it back for later checks."""
    try:
        take_away()
        yield
    finally:
        give_back()
