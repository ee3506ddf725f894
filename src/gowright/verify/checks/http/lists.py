"""Lists: pagination and filters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from gowright.model.resources.field import Field
from gowright.model.resources.resource import Resource
from gowright.verify.check import check
from gowright.verify.checks.conditions import filter_field, resources
from gowright.verify.checks.http.resources import same
from gowright.verify.harness.client import Client, fields_of
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.running import RunningService
from gowright.verify.outcomes import Failed

_DEFAULT_LIMIT = 20
_MAX_PAGES = 40
_NOT_LIMITS = ("0", "101", "-1", "abc", "1.5", "", "99999999999999999999")
_NOT_CURSORS = ("%", "not-a-cursor", "AAAA", "x" * 500)
_BAD_VALUES = {
    "int": ("x", "1.5", "99999999999999999999"),
    "float": ("x",),
    "decimal": ("x", "1e5"),
    "bool": ("x", "yes"),
    "time": ("x", "2026-01-01"),
    "date": ("x", "2026-13-01"),
    "uuid": ("x",),
    "enum": ("no-such-value",),
}


@check("pagination", "pagination returns every object once", when=resources)
def pagination(harness: Harness) -> str:
    """Following next_cursor returns every object once, newest first."""
    running = harness.service
    for resource in running.resources:
        caller = running.new_caller()
        mine = [running.create(resource, caller)["id"] for _ in range(_DEFAULT_LIMIT + 1)]
        mine.reverse()
        first = _page(caller, resource)
        if len(first["items"]) != _DEFAULT_LIMIT or first["next_cursor"] is None:
            raise Failed(
                f"GET {resource.path}: {len(first['items'])} items, not {_DEFAULT_LIMIT} and a next_cursor"
            )
        _visits_all(running, caller, resource, mine)
        _rejects_parameters(caller, resource)
    return ", ".join(resource.name for resource in running.resources)


def _visits_all(running: RunningService, caller: Client, resource: Resource, mine: list[str]) -> None:
    seen: list[str] = []
    for page in _walk(caller, resource, limit=4):
        if len(page["items"]) > 4:
            raise Failed(f"GET {resource.path}?limit=4 returned {len(page['items'])} items")
        if not seen:
            # An object that is created during pagination must neither appear later nor shift the pages.
            running.create(resource, caller)
        seen += [item["id"] for item in page["items"]]
        if mine[-1] in seen:
            break
    ours = [each for each in seen if each in mine]
    if ours != mine:
        raise Failed(
            f"GET {resource.path}?limit=4 page by page: {len(ours)} of {len(mine)} objects, or out of order"
        )
    if any(before <= after for before, after in pairwise(seen)):
        raise Failed(f"GET {resource.path}: the IDs are not descending: {seen}")
    if "callers" in running.project.traits:
        pages = list(_walk(caller, resource, limit=7))
        counts = [len(page["items"]) for page in pages]
        if sum(counts) != len(mine) + 1 or pages[-1]["next_cursor"] is not None:
            raise Failed(f"GET {resource.path}?limit=7: pages of {counts} for {len(mine) + 1} objects")


def _rejects_parameters(caller: Client, resource: Resource) -> None:
    for name, values in (
        ("limit", _NOT_LIMITS),
        ("cursor", _NOT_CURSORS),
        ("no_such_filter", ("1",)),
    ):
        for value in values:
            problem = caller.problem("GET", resource.path, 400, params={name: value})
            if name not in fields_of(problem):
                raise Failed(
                    f"GET {resource.path}?{name}={value}: the problem does not name {name}: {problem}"
                )


@check("filters", "lists filter by exact values", when=filter_field)
def filters(harness: Harness) -> str:
    """A list can be filtered by the exact value of each indexed field."""
    running = harness.service
    fields = [(resource, field) for resource in running.resources for field in resource.filters]
    for resource, field in fields:
        _described(running, resource, field)
        _filters(running, resource, field)
        _rejects_values(running.caller(), resource, field)
    return ", ".join(f"{resource.name}.{field.name}" for resource, field in fields)


def _described(running: RunningService, resource: Resource, field: Field) -> None:
    known = running.spec.parameters(running.operation("GET", resource.path), "query")
    if field.name not in known:
        raise Failed(f"the spec has no query parameter {field.name} for GET {resource.path}")


def _filters(running: RunningService, resource: Resource, field: Field) -> None:
    caller = running.new_caller()
    values = {}
    if field.type == "ref" and not field.required:
        target = next(each for each in running.resources if each.name == field.ref)
        values = {field.name: running.create(target, caller)["id"]}
    wanted = running.create(resource, caller, **values)
    others = [running.create(resource, caller) for _ in range(4)]
    matching = [item["id"] for item in (wanted, *others) if item[field.name] == wanted[field.name]]
    query = {field.name: _as_parameter(wanted[field.name])}
    got = []
    for page in _walk(caller, resource, limit=1, **query):
        for item in page["items"]:
            if not same(item[field.name], wanted[field.name]):
                raise Failed(
                    f"GET {resource.path}?{field.name}={query[field.name]} returned {item[field.name]!r}"
                )
            got.append(item["id"])
        if set(matching) <= set(got):
            break
    if not set(matching) <= set(got):
        raise Failed(
            f"GET {resource.path}?{field.name}={query[field.name]} misses {set(matching) - set(got)}"
        )


def _rejects_values(caller: Client, resource: Resource, field: Field) -> None:
    for value in _BAD_VALUES.get(field.type, ()):
        problem = caller.problem("GET", resource.path, 400, params={field.name: value})
        if field.name not in fields_of(problem):
            raise Failed(
                f"GET {resource.path}?{field.name}={value}: the problem does not name the field: {problem}"
            )


def _walk(caller: Client, resource: Resource, **params: Any) -> Iterator[dict[str, Any]]:
    cursor: dict[str, str] = {}
    for _ in range(_MAX_PAGES):
        page = _page(caller, resource, **params, **cursor)
        yield page
        if page["next_cursor"] is None:
            return
        cursor = {"cursor": page["next_cursor"]}


def _page(caller: Client, resource: Resource, **params: Any) -> dict[str, Any]:
    page: dict[str, Any] = caller.call("GET", resource.path, 200, params=params).json()
    return page


def _as_parameter(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
