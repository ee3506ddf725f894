"""Concurrent writes: no update is lost, and none happens twice."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from gowright.model.resources.resource import Resource
from gowright.verify.check import check
from gowright.verify.checks.conditions import resources, unique_field
from gowright.verify.harness.client import Client, together
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.load import Call, Load
from gowright.verify.harness.running import RunningService
from gowright.verify.outcomes import Failed

_PAIRS = 10
_WRITERS = 8
_READERS = 6
_WRITES = 60
_PAUSE = 0.01
_MAX_ATTEMPTS = 200


class _Contest:
    """One object, and several clients of its owner that write it concurrently."""

    def __init__(self, running: RunningService, resource: Resource) -> None:
        self.running = running
        self.resource = resource
        self.path = f"{resource.path}/{running.create(resource)['id']}"
        self.clients = [running.caller().with_token(running.caller().token) for _ in range(_WRITERS)]

    def put(
        self, number: int, headers: Mapping[str, str] | None = None, expect: tuple[int, ...] = (200,)
    ) -> int:
        """Write the object as one client, and return the status."""
        client, body = self.clients[number], _body(self.running, self.resource)
        return client.call("PUT", self.path, expect, json=body, headers=headers).status_code

    def put_first_version(self, number: int) -> int:
        """Write the object as one client, as if the first version was current."""
        return self.put(number, {"If-Match": '"1"'}, (200, 412))

    def put_when_current(self, number: int) -> None:
        """Read and write the object as one client, until the write succeeds."""
        for _ in range(_MAX_ATTEMPTS):
            tag = self.clients[number].call("GET", self.path, 200).headers["etag"]
            if self.put(number, {"If-Match": tag}, (200, 412)) == 200:
                return
        raise Failed(f"PUT {self.path}: {_MAX_ATTEMPTS} times stale, each time after a new GET")

    def delete(self, number: int) -> int:
        """Delete the object as one client, and return the status."""
        return self.clients[number].call("DELETE", self.path, (204, 404)).status_code

    def require_version(self, wanted: int) -> None:
        """Check that no write was lost."""
        got = self.running.caller().call("GET", self.path, 200).json()["version"]
        if got != wanted:
            raise Failed(f"{self.path} has version {got} after all writes, not {wanted}: a write was lost")


@check("etags", "updates with a stale version are rejected", when=resources)
def etags(harness: Harness) -> str:
    """A write with a stale version is rejected."""
    running = harness.service
    for resource in running.resources:
        _one_writer(running, resource)
    return ", ".join(resource.name for resource in running.resources)


def _one_writer(running: RunningService, resource: Resource) -> None:
    caller = running.caller()
    path = f"{resource.path}/{running.create(resource)['id']}"

    def put(tag: str) -> Any:
        body = _body(running, resource)
        return caller.call("PUT", path, 200, json=body, headers={"If-Match": tag}).json()

    def rejected(tag: str, status: int) -> None:
        caller.problem("DELETE", path, status, headers={"If-Match": tag})
        caller.problem("PUT", path, status, json=_body(running, resource), headers={"If-Match": tag})

    for tag in ("garbage", '"unclosed', "1"):
        rejected(tag, 400)
    put('"1"')
    current = put('"99", "2"')
    for tag in ('"2"', '"99"', '"unknown"', 'W/"3"', '"1", "2"'):
        rejected(tag, 412)
    body = _body(running, resource)
    caller.problem("PUT", path, 412, json=body, headers={"If-None-Match": "*"}, why="it exists")
    if caller.call("GET", path, 200).json() != current:
        raise Failed(f"{path}: a write that was rejected with 412 changed it")
    put("*")
    caller.call("DELETE", path, 204, headers={"If-Match": '"4"'})


@check("two-writers", "one of several writers with the same version succeeds", when=resources)
def two_writers(harness: Harness) -> str:
    """One of several concurrent writes with the same version succeeds."""
    running = harness.service
    for resource in running.resources:
        for count in (*[2] * _PAIRS, _WRITERS):
            contest = _Contest(running, resource)
            got = Counter(together(count, contest.put_first_version))
            if got != {200: 1, 412: count - 1}:
                raise Failed(
                    f'{count} writers of {contest.path} with If-Match: "1" got {dict(got)}, '
                    "not one 200 and otherwise 412"
                )
    return f"{_PAIRS} pairs and {_WRITERS} at once for each resource"


@check("many-writers", "no concurrent update is lost", when=resources)
def many_writers(harness: Harness) -> str:
    """With If-Match and retries, no write is lost; without If-Match, every write counts."""
    running = harness.service
    for resource in running.resources[:1]:
        contest = _Contest(running, resource)
        together(_WRITERS, contest.put_when_current)
        contest.require_version(1 + _WRITERS)
        together(_WRITERS, contest.put)
        contest.require_version(1 + 2 * _WRITERS)
        deletes = Counter(together(_WRITERS, contest.delete))
        if deletes != {204: 1, 404: _WRITERS - 1}:
            raise Failed(
                f"{_WRITERS} deletes of {contest.path} got {dict(deletes)}, not one 204 and otherwise 404"
            )
    return f"{_WRITERS} writers"


@check("unique-race", "one of several identical concurrent creates succeeds", when=unique_field)
def unique_race(harness: Harness) -> str:
    """One of several concurrent creates of an owner with the same unique value succeeds."""
    running = harness.service
    owners = (
        [running.caller(), running.new_caller()]
        if "callers" in harness.project.traits
        else [running.caller()]
    )
    fields = [(resource, field.name) for resource in running.resources for field in resource.unique]
    for resource, name in fields:
        responses = _create_together(running, resource, name, owners * _WRITERS)
        for number in range(len(owners)):
            got = Counter(responses[number :: len(owners)])
            if got != {201: 1, 409: _WRITERS - 1}:
                raise Failed(
                    f"{_WRITERS} creates of one owner with the same {name} got {dict(got)}, "
                    "not one 201 and otherwise 409"
                )
    return ", ".join(f"{resource.name}.{name}" for resource, name in fields)


def _create_together(
    running: RunningService, resource: Resource, unique: str, writers: list[Client]
) -> list[int]:
    """The statuses of concurrent creates with the same value."""
    first = {writer.token: running.body(resource, writer)[unique] for writer in writers}
    if unique not in {field.name for field in resource.references}:
        # All owners have the same value, except that each refers to objects of its own.
        first = dict.fromkeys(first, first[writers[0].token])
    bodies = [running.body(resource, writer) | {unique: first[writer.token]} for writer in writers]
    clients = [writer.with_token(writer.token) for writer in writers]

    def create(number: int) -> int:
        response = clients[number].call("POST", resource.path, (201, 409), json=bodies[number])
        return response.status_code

    return together(len(writers), create)


@check("fresh-reads", "reads return the latest write", when=resources)
def fresh_reads(harness: Harness) -> str:
    """A read after a write returns what was written, while other clients read."""
    running = harness.service
    for resource in running.resources[:1]:
        path = f"{resource.path}/{running.create(resource)['id']}"
        token = running.caller().token
        read = Call("GET", path, 200, headers={"Authorization": f"Bearer {token}"} if token else {})
        with Load(running.process.url, [read], keeping=_READERS, opening=0) as load:
            _write_and_read(running, resource, path)
            load.stop()
        if load.failed:
            raise Failed(f"during writes, reads fail: {dict(load.failed)}")
        running.caller().call("DELETE", path, 204)
        running.caller().call("GET", path, 404, why="it was deleted")
    return f"{_WRITES} writes, {_READERS} readers"


def _write_and_read(running: RunningService, resource: Resource, path: str) -> None:
    for _ in range(_WRITES):
        written = running.caller().call("PUT", path, 200, json=_body(running, resource)).json()
        # Again after a pause: a slow reader could restore the previous value in a cache.
        for pause in (0.0, _PAUSE):
            time.sleep(pause)
            read = running.caller().call("GET", path, 200).json()
            if read != written:
                versions = f"version {read['version']} after version {written['version']}"
                raise Failed(f"GET {path} returned {versions} was written")


def _body(running: RunningService, resource: Resource) -> dict[str, Any]:
    return running.samples.body(running.schema(resource))
