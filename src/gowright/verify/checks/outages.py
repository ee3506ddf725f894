"""Servers that go away and come back: the service stays, and says how it is."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from gowright.verify.harness.load import Call, Load
from gowright.verify.harness.client import problem_of
from gowright.verify.harness.harness import Lab
from gowright.verify.result import Failed, Skipped
from gowright.verify.children.ports import wait_until
from gowright.verify.harness.running import Site

_READY_SECONDS = 2.0
_RECOVERY_SECONDS = 5.0
_GRACE_SECONDS = 1.5
_CACHE_SECONDS = 1.5


def cache_stopped(lab: Lab) -> str:
    """Without Redis everything is still answered."""
    return _without_cache(lab, lab.cache.stop)


def cache_frozen(lab: Lab) -> str:
    """With a Redis that takes connections and answers nothing, everything is still answered in time."""
    return _without_cache(lab, lab.cache.freeze)


def _without_cache(lab: Lab, take_away: Callable[[], None]) -> str:
    env = lab.environment()
    if "REDIS_URL" not in env:
        raise Skipped("there is no Redis to stop")
    with lab.site(env=env) as site:
        _used(site)
        with _away(take_away, lab.cache.start):
            slowest = max(_used(site) for _ in range(3))
            if slowest > _CACHE_SECONDS:
                raise Failed(f"without Redis a call took {slowest:.1f} s, more than {_CACHE_SECONDS} s")
            site.anonymous.call("GET", "/readyz", 200, why="Redis is optional")
        _used(site)
        _runs(site)
    return f"slowest call {slowest * 1000:.0f} ms"


def _used(site: Site) -> float:
    """Use every route of the resources once; the seconds of the slowest call."""
    seconds: list[float] = []

    def timed(method: str, path: str, expect: int, **more: Any) -> httpx.Response:
        begin = time.monotonic()
        answer = site.caller().call(method, path, expect, **more)
        seconds.append(time.monotonic() - begin)
        return answer

    for resource in site.resources:
        body = {"json": site.samples.body(site.schema(resource))}
        path = f"{resource.path}/{timed('POST', resource.path, 201, **body).json()['id']}"
        timed("GET", path, 200)
        timed("GET", path, 200)
        timed("PUT", path, 200, **body)
        timed("GET", resource.path, 200)
        timed("DELETE", path, 204)
    return max(seconds, default=0.0)


def database_stopped(lab: Lab) -> str:
    """Without its database it is alive and not ready; with it again, it recovers by itself."""
    with lab.site(_few_connections(lab)) as site:
        before = [site.create(resource) for resource in site.resources]
        site.anonymous.call("GET", "/readyz", 200)
        with _away(lambda: _stop_under_load(lab, site), lab.database.start):
            _says_not_ready(site)
            _refuses_calls(site, 5 + _GRACE_SECONDS)
        seconds = _recovers(site)
        for resource, item in zip(site.resources, before, strict=True):
            site.caller().call(
                "GET", f"{resource.path}/{item['id']}", 200, why="it was stored before the outage"
            )
            site.create(resource)
        _runs(site)
    return f"ready again after {seconds:.1f} s"


def _few_connections(lab: Lab) -> dict[str, str]:
    """Fewer than there are clients, so that some always wait for one."""
    kind = lab.database_kind
    return {kind.variable.replace("_URL", "_MAX_CONNS"): "2"} if kind else {}


def _stop_under_load(lab: Lab, site: Site) -> None:
    """Who uses a connection when the database stops is told the same as who waits for one."""
    if not site.resources:
        lab.database.stop()
        return
    token = site.caller().token
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    calls = [Call("GET", resource.path, 200, headers=headers) for resource in site.resources]
    with Load(site.service.url, calls, keeping=12, opening=0) as load:
        load.wait_served(100, 5)
        lab.database.stop()
    if wrong := [
        f"{said} ({count} times)" for said, count in load.failed.items() if not said.endswith(": 503")
    ]:
        raise Failed("while the database stopped, clients were not told 503:\n" + "\n".join(wrong))


def database_frozen(lab: Lab) -> str:
    """With a database that takes connections and answers nothing, it refuses calls in time."""
    with lab.site({"HTTP_REQUEST_TIMEOUT": "1s"}) as site:
        before = [site.create(resource) for resource in site.resources]
        with _away(lab.database.freeze, lab.database.start):
            _says_not_ready(site)
            _refuses_calls(site, 1 + _GRACE_SECONDS)
        seconds = _recovers(site)
        for resource, item in zip(site.resources, before, strict=True):
            site.caller().call("GET", f"{resource.path}/{item['id']}", 200, why="after the outage")
            site.create(resource)
        _runs(site)
    return f"ready again after {seconds:.1f} s"


def database_late(lab: Lab) -> str:
    """Started before its database is there, it waits alive and becomes ready by itself."""
    env, document = lab.environment(), lab.service.document
    with contextlib.ExitStack() as stack:
        with _away(lab.database.stop, lab.database.start):
            site = stack.enter_context(lab.site(env=env, document=document))
            _says_not_ready(site)
        seconds = _recovers(site)
        for resource in site.resources:
            site.create(resource)
    return f"ready after {seconds:.1f} s"


def _says_not_ready(site: Site) -> None:
    begin = time.monotonic()

    def status() -> int:
        asked = time.monotonic()
        answer = site.anonymous.call("GET", "/readyz", (200, 503), why="the database is stopped")
        if (seconds := time.monotonic() - asked) > _READY_SECONDS:
            raise Failed(f"GET /readyz took {seconds:.1f} s while the database is stopped")
        return answer.status_code

    if not wait_until(lambda: status() == 503, _READY_SECONDS, 0.1):
        seconds = time.monotonic() - begin
        raise Failed(f"GET /readyz still answers 200, {seconds:.1f} s after the database was stopped")
    if status() != 503:
        raise Failed("GET /readyz goes back and forth while the database is stopped")
    site.anonymous.call("GET", "/livez", 200, why="the database is stopped")


def _refuses_calls(site: Site, most: float) -> None:
    for resource in site.resources[:1]:
        body = site.samples.body(site.schema(resource))
        calls: tuple[tuple[str, dict[str, Any]], ...] = (("GET", {}), ("POST", {"json": body}))
        for method, more in calls:
            begin = time.monotonic()
            answer = site.caller().call(method, resource.path, 503, why="the database is stopped", **more)
            seconds = time.monotonic() - begin
            problem_of(answer, f"{method} {resource.path}")
            if not answer.headers.get("retry-after", "").isdigit():
                raise Failed(f"{method} {resource.path}: a 503 without Retry-After")
            if seconds > most:
                raise Failed(f"{method} {resource.path} took {seconds:.1f} s to answer 503")


def _recovers(site: Site) -> float:
    begin = time.monotonic()
    if not wait_until(site.ready, _RECOVERY_SECONDS, 0.1):
        raise Failed(f"GET /readyz still answers 503, {_RECOVERY_SECONDS:.0f} s after the database is back")
    return time.monotonic() - begin


def _runs(site: Site) -> None:
    if site.service.exit_code is not None:
        raise Failed(f"the service ended with code {site.service.exit_code}:\n{site.service.tail()}")


@contextlib.contextmanager
def _away(take_away: Callable[[], None], give_back: Callable[[], None]) -> Iterator[None]:
    """Later checks need the server again, however this one ends."""
    try:
        take_away()
        yield
    finally:
        give_back()
