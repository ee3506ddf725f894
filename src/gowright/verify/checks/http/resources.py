"""Create, read, update, and delete objects of each resource."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import httpx

from gowright.model.resources.resource import Resource
from gowright.verify.check import check
from gowright.verify.checks.conditions import resources, unique_field
from gowright.verify.harness.client import Client, fields_of
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.running import RunningService
from gowright.verify.outcomes import Failed


@check("crud", "objects are created, read, updated and deleted", when=resources)
def crud(harness: Harness) -> str:
    """Objects of every resource are created, read, updated, and deleted."""
    running = harness.service
    for resource in running.resources:
        _lifecycle(running, resource)
        _only_required(running, resource)
        _at_the_edges(running, resource)
    return _named(running.resources)


@check("unique", "unique fields reject duplicates", when=unique_field)
def unique(harness: Harness) -> str:
    """Unique values are unique per owner."""
    running = harness.service
    caller = running.caller()
    fields = [(resource, field.name) for resource in running.resources for field in resource.unique]
    for resource, name in fields:
        first = running.create(resource)
        second = running.create(resource)
        body = running.samples.body(running.schema(resource)) | {name: first[name]}
        for method, path in (("POST", resource.path), ("PUT", f"{resource.path}/{second['id']}")):
            problem = caller.problem(method, path, 409, json=body, why=f"{name} is taken")
            if name not in fields_of(problem):
                raise Failed(f"{method} {path}: the problem does not name {name}: {problem}")
        caller.call("PUT", f"{resource.path}/{first['id']}", 200, json=body, why="it keeps its value")
        if "callers" in harness.project.traits:
            _others_may(running, resource, body)
        caller.call("DELETE", f"{resource.path}/{first['id']}", 204)
        caller.call("POST", resource.path, 201, json=body, why=f"{name} is free again")
    return ", ".join(f"{resource.name}.{name}" for resource, name in fields)


def _others_may(running: RunningService, resource: Resource, body: dict[str, Any]) -> None:
    """Another user can create and update objects with the values of the owner."""
    other, why = running.new_caller(), "only another user has this value"
    own = running.body(resource, other)
    body = body | {field.name: own[field.name] for field in resource.references if field.name in own}
    created = other.call("POST", resource.path, 201, json=body, why=why).json()
    other.call("DELETE", f"{resource.path}/{created['id']}", 204)
    changed = running.create(resource, other)
    other.call("PUT", f"{resource.path}/{changed['id']}", 200, json=body, why=why)


@check("conditional-reads", "unchanged objects return 304", when=resources)
def conditional_reads(harness: Harness) -> str:
    """A client that has the current version gets 304."""
    running = harness.service
    for resource in running.resources:
        item = running.create(resource)
        path = f"{resource.path}/{item['id']}"
        tag = running.caller().call("GET", path, 200).headers["etag"]
        for sent, status in (
            (tag, 304),
            ("*", 304),
            (f'"0", {tag}', 304),
            (f"W/{tag}", 304),
            ('"0"', 200),
        ):
            response = running.caller().call(
                "GET", path, status, headers={"If-None-Match": sent}, why=f"If-None-Match: {sent}"
            )
            if status == 304 and (response.content or response.headers.get("etag") != tag):
                raise Failed(
                    f"GET {path}: a 304 needs an empty body and the same ETag, not {response.headers.get('etag')}"
                )
    return _named(running.resources)


def _lifecycle(running: RunningService, resource: Resource) -> None:
    caller, schema = running.caller(), running.schema(resource)
    sent = running.samples.body(schema)
    created = caller.call("POST", resource.path, 201, json=sent)
    item = created.json()
    path = f"{resource.path}/{item['id']}"
    _expect(created.headers.get("location"), path, f"POST {resource.path}: Location")
    _holds(created, sent, 1, f"POST {resource.path}")

    _check_read(caller, path, item)
    head = caller.call("HEAD", path, 200)
    _expect(head.headers.get("etag"), '"1"', f"HEAD {path}: ETag")

    changed = running.samples.body(schema)
    response = caller.call("PUT", path, 200, json=changed)
    _holds(response, changed, 2, f"PUT {path}")
    _expect(response.json()["created_at"], item["created_at"], f"PUT {path}: created_at")
    if not _moment(response.json()["updated_at"]) > _moment(item["updated_at"]):
        raise Failed(f"PUT {path}: updated_at did not increase")
    _check_read(caller, path, response.json())

    _expect(caller.call("DELETE", path, 204).content, b"", f"DELETE {path}: body")
    caller.problem("GET", path, 404, why="it was deleted")
    caller.problem("PUT", path, 404, json=changed, why="it was deleted")
    caller.problem("DELETE", path, 404, why="it was deleted")


def _only_required(running: RunningService, resource: Resource) -> None:
    """Omitted values have the default, or null, on create and on replace."""
    caller, schema = running.caller(), running.schema(resource)
    full = running.create(resource)
    needed = set() if running.backends.unique_can_be_absent else {field.name for field in resource.unique}
    optional = running.spec.properties(schema).keys() - set(running.spec.required(schema)) - needed
    defaults = {name: running.spec.properties(schema)[name].get("default") for name in optional}
    replaced = f"{resource.path}/{full['id']}"
    for method, path, status, more in (
        ("POST", resource.path, 201, {}),
        ("POST", resource.path, 201, dict.fromkeys(name for name in optional if defaults[name] is None)),
        ("PUT", replaced, 200, {}),
    ):
        body = {name: value for name, value in running.samples.body(schema).items() if name not in optional}
        response = caller.call(method, path, status, json=body | more, why="only required fields").json()
        given = [name for name in optional if not same(defaults[name], response.get(name, ""))]
        if given:
            raise Failed(f"{method} {path}: {', '.join(given)} omitted, and not the default: {response}")
    caller.call("DELETE", replaced, 204)


def _at_the_edges(running: RunningService, resource: Resource) -> None:
    schema = running.schema(resource)
    unique = {field.name for field in resource.unique}
    for name, property_schema in running.spec.properties(schema).items():
        # In an existing database, another object could have this value.
        expect = (201, 409) if name in unique else (201,)
        for value in running.samples.boundaries(property_schema):
            body = running.samples.body(schema) | {name: value}
            response = running.caller().call(
                "POST", resource.path, expect, json=body, why=f"{name} at its edge"
            )
            if response.status_code == 201:
                _holds(response, body, 1, f"POST {resource.path}")


def _check_read(caller: Client, path: str, item: Mapping[str, Any]) -> None:
    # Twice, because the second response can come from a cache.
    for _ in range(2):
        response = caller.call("GET", path, 200)
        _expect(response.json(), item, f"GET {path}")
        _expect(response.headers.get("etag"), f'"{item["version"]}"', f"GET {path}: ETag")


def _holds(response: httpx.Response, sent: Mapping[str, Any], version: int, label: str) -> None:
    got = response.json()
    for name, value in sent.items():
        if not same(value, got.get(name)):
            raise Failed(f"{label}: sent {name} {value!r}, got {got.get(name)!r}")
    _expect(got["version"], version, f"{label}: version")
    _expect(response.headers.get("etag"), f'"{version}"', f"{label}: ETag")


def same(sent: Any, got: Any) -> bool:
    """Report whether two JSON values are equivalent: equal times, or equal decimals."""
    if sent == got:
        return True
    if not isinstance(sent, str) or not isinstance(got, str):
        return False
    try:
        return _moment(sent) == _moment(got)
    except ValueError:
        pass
    try:
        return Decimal(sent) == Decimal(got)
    except InvalidOperation:
        return False


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _expect(got: object, wanted: object, label: str) -> None:
    if got != wanted:
        raise Failed(f"{label} is {got!r}, not {wanted!r}")


def _named(resources: tuple[Resource, ...]) -> str:
    return ", ".join(resource.name for resource in resources)
