"""Writers at the same moment: nothing is lost, nothing happens twice."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from gowright.verify.client import Client, together
from gowright.verify.lab import Lab
from gowright.verify.report import Failed
from gowright.verify.site import Site
from gowright.verify.subject import Resource

_ROUNDS = 10
_WRITERS = 8
_READERS = 4
_WRITES = 60


def etags(lab: Lab) -> str:
    """A writer whose version is stale is told so, and changes nothing."""
    site = lab.service
    for resource in site.resources:
        caller = site.caller()
        path = f"{resource.path}/{site.create(resource)['id']}"
        for method in ("PUT", "DELETE"):
            for tag in ("garbage", '"unclosed', "1"):
                caller.problem(method, path, 400, headers={"If-Match": tag}, **_body(site, resource, method))
        _put(caller, site, resource, path, '"1"', 200)
        current = _put(caller, site, resource, path, '"2"', 200)
        for method in ("PUT", "DELETE"):
            caller.problem(method, path, 412, headers={"If-Match": '"2"'}, **_body(site, resource, method))
            caller.problem(method, path, 412, headers={"If-Match": '"99"'}, **_body(site, resource, method))
        if caller.call("GET", path, 200).json() != current:
            raise Failed(f"{path}: a write that was refused with 412 changed it")
        _put(caller, site, resource, path, "*", 200)
        caller.call("DELETE", path, 204, headers={"If-Match": '"4"'})
    return ", ".join(resource.name for resource in site.resources)


def two_writers(lab: Lab) -> str:
    """Of writers with the same version, exactly one wins."""
    site = lab.service
    for resource in site.resources:
        callers = [site.caller().with_token(site.caller().token) for _ in range(_WRITERS)]
        for count in (*[2] * _ROUNDS, _WRITERS):
            path = f"{resource.path}/{site.create(resource)['id']}"
            got = Counter(
                together(count, lambda n: _put_status(callers[n], site, resource, path, {"If-Match": '"1"'}))
            )
            if got != {200: 1, 412: count - 1}:
                raise Failed(f"{count} writers of {path} with If-Match: \"1\" got {dict(got)}, not one 200 and else 412")
    return f"{_ROUNDS} pairs and {_WRITERS} at once for each resource"


def many_writers(lab: Lab) -> str:
    """Writers that take turns by If-Match lose no write; without it, every write counts."""
    site = lab.service
    for resource in site.resources[:1]:
        path = f"{resource.path}/{site.create(resource)['id']}"
        callers = [site.caller().with_token(site.caller().token) for _ in range(_WRITERS)]
        together(_WRITERS, lambda n: _write_when_current(callers[n], site, resource, path))
        _version_is(site.caller(), path, 1 + _WRITERS)
        together(_WRITERS, lambda n: _put_status(callers[n], site, resource, path, {}, (200,)))
        _version_is(site.caller(), path, 1 + 2 * _WRITERS)
        deletes = Counter(
            together(_WRITERS, lambda n: callers[n].call("DELETE", path, (204, 404)).status_code)
        )
        if deletes != {204: 1, 404: _WRITERS - 1}:
            raise Failed(f"{_WRITERS} deletes of {path} got {dict(deletes)}, not one 204 and else 404")
    return f"{_WRITERS} writers"


def unique_race(lab: Lab) -> str:
    """Of many who create the same unique value at once, exactly one succeeds."""
    site = lab.service
    fields = [(resource, field.name) for resource in site.resources for field in resource.unique]
    callers = [site.caller().with_token(site.caller().token) for _ in range(_WRITERS)]
    for resource, name in fields:
        schema = site.schema(resource)
        same = site.samples.body(schema)[name]
        bodies = [site.samples.body(schema) | {name: same} for _ in callers]
        got = Counter(
            together(
                _WRITERS,
                lambda n: callers[n].call("POST", resource.path, (201, 409), json=bodies[n]).status_code,
            )
        )
        if got != {201: 1, 409: _WRITERS - 1}:
            raise Failed(f"{_WRITERS} creations with the same {name} got {dict(got)}, not one 201 and else 409")
    return ", ".join(f"{resource.name}.{name}" for resource, name in fields)


def fresh_reads(lab: Lab) -> str:
    """Whoever has written reads what was written, while others read all the time."""
    site = lab.service
    for resource in site.resources[:1]:
        path = f"{resource.path}/{site.create(resource)['id']}"
        done = threading.Event()
        with ThreadPoolExecutor(_READERS) as threads:
            readers = [threads.submit(_read_until, site, path, done) for _ in range(_READERS)]
            try:
                _write_and_read(site, resource, path)
            finally:
                done.set()
            for reader in readers:
                reader.result()
        site.caller().call("DELETE", path, 204)
        site.caller().call("GET", path, 404, why="it was deleted")
    return f"{_WRITES} writes, {_READERS} readers"


def _write_and_read(site: Site, resource: Resource, path: str) -> None:
    for _ in range(_WRITES):
        written = site.caller().call("PUT", path, 200, **_body(site, resource, "PUT")).json()
        read = site.caller().call("GET", path, 200).json()
        if read != written:
            versions = f"version {read['version']} after version {written['version']} was written"
            raise Failed(f"GET {path} answered {versions}")


def _read_until(site: Site, path: str, done: threading.Event) -> None:
    with site.caller().with_token(site.caller().token) as reader:
        while not done.is_set():
            reader.call("GET", path, 200)


def _write_when_current(caller: Client, site: Site, resource: Resource, path: str) -> None:
    for _ in range(200):
        tag = caller.call("GET", path, 200).headers["etag"]
        if _put_status(caller, site, resource, path, {"If-Match": tag}) == 200:
            return
    raise Failed(f"PUT {path}: 200 times stale after a fresh GET")


def _put_status(
    caller: Client,
    site: Site,
    resource: Resource,
    path: str,
    headers: dict[str, str],
    expect: tuple[int, ...] = (200, 412),
) -> int:
    body = _body(site, resource, "PUT")
    return caller.call("PUT", path, expect, headers=headers, **body).status_code


def _put(caller: Client, site: Site, resource: Resource, path: str, tag: str, expect: int) -> Any:
    return caller.call("PUT", path, expect, headers={"If-Match": tag}, **_body(site, resource, "PUT")).json()


def _body(site: Site, resource: Resource, method: str) -> dict[str, Any]:
    return {"json": site.samples.body(site.schema(resource))} if method == "PUT" else {}


def _version_is(caller: Client, path: str, wanted: int) -> None:
    got = caller.call("GET", path, 200).json()["version"]
    if got != wanted:
        raise Failed(f"{path} has version {got} after all writes, not {wanted}: a write was lost")
