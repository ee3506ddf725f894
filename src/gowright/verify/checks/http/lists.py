"""Lists and their pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from gowright.model.resources.field import Field
from gowright.model.resources.resource import Resource
from gowright.verify.check import check
from gowright.verify.checks.conditions import resources
from gowright.verify.harness.client import Client, fields_of
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.running import RunningService
from gowright.verify.outcomes import Failed

_DEFAULT_LIMIT = 20
_MAX_PAGES = 40
_NOT_LIMITS = ("0", "101", "-1", "abc", "1.5", "", "99999999999999999999")
_NOT_CURSORS = ("%", "not-a-cursor", "AAAA", "x" * 500)


@check("pagination", "pagination returns every object once", when=resources)
def pagination(harness: Harness) -> str:
    """Following next_cursor returns every object once, newest first."""
    running = harness.service
    for resource in running.resources:
        caller = running.new_caller()
        mine = [running.create(resource, caller)["id"] for _ in range(_DEFAULT_LIMIT + 1)]
        mine.reverse()
        first = _page(caller, resource.path)
        if len(first["items"]) != _DEFAULT_LIMIT or first["next_cursor"] is None:
            raise Failed(
                f"GET {resource.path}: {len(first['items'])} items, not {_DEFAULT_LIMIT} and a next_cursor"
            )
        _visits_all(running, caller, resource, mine)
        _rejects_parameters(caller, resource)
    return ", ".join(resource.name for resource in running.resources)


def _visits_all(running: RunningService, caller: Client, resource: Resource, mine: list[str]) -> None:
    seen: list[str] = []
    for page in walk(caller, resource.path, limit=4):
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
        pages = list(walk(caller, resource.path, limit=7))
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
            rejects(caller, resource.path, name, value)


@check("totals", "lists count their objects on request", when=resources)
def totals(harness: Harness) -> str:
    """The total is the number of objects that the filters select, on whichever page."""
    running = harness.service
    for resource in running.resources:
        described(running, resource.path, "total")
        caller = running.new_caller()
        items = [running.create(resource, caller) for _ in range(3)]
        mine = since(running, items[0])
        values = {field.name: items[0][field.name] for field in resource.filters}
        filters = [{name: as_parameter(value)} for name, value in values.items() if value is not None]
        for query in ({}, *filters):
            pages = list(walk(caller, resource.path, limit=2, total="true", **(mine | query)))
            count = sum(len(page["items"]) for page in pages)
            if wrong := [page.get("total") for page in pages if page.get("total") != count]:
                raise Failed(f"GET {resource.path}?total=true {query}: {wrong[0]}, not {count} objects")
        if "total" in _page(caller, resource.path):
            raise Failed(f"GET {resource.path} counts the objects without total=true")
        rejects(caller, resource.path, "total", "1")
    return ", ".join(resource.name for resource in running.resources)


def walk(caller: Client, path: str, **params: Any) -> Iterator[dict[str, Any]]:
    """The pages of a list, by following `next_cursor`. A list that doesn't end has many pages, but not all."""
    cursor: dict[str, str] = {}
    for _ in range(_MAX_PAGES):
        page = _page(caller, path, **params, **cursor)
        yield page
        if page["next_cursor"] is None:
            return
        cursor = {"cursor": page["next_cursor"]}


def _page(caller: Client, path: str, **params: Any) -> dict[str, Any]:
    page: dict[str, Any] = caller.call("GET", path, 200, params=params).json()
    return page


def listed(caller: Client, path: str, limit: int = 100, **params: Any) -> list[dict[str, Any]]:
    """The items on all pages of a list."""
    return [item for page in walk(caller, path, limit=limit, **params) for item in page["items"]]


def since(running: RunningService, first: dict[str, Any]) -> dict[str, Any]:
    """The parameters that select the first of several new objects and the later ones.

    A new caller has only those anyway, but a service without authentication lists the objects of all checks.
    """
    return {} if "callers" in running.project.traits else {"created_at[gte]": first["created_at"]}


def described(running: RunningService, path: str, name: str) -> None:
    """Require that the spec has a query parameter of a list.

    Raises:
        Failed: if it doesn't.
    """
    if name not in running.spec.parameters(running.operation("GET", path), "query"):
        raise Failed(f"the spec has no query parameter {name} for GET {path}")


def rejects(caller: Client, path: str, name: str, value: str) -> None:
    """Require that a list rejects the value of a parameter, and names the parameter.

    Raises:
        Failed: if it doesn't.
    """
    problem = caller.problem("GET", path, 400, params={name: value})
    if name not in fields_of(problem):
        raise Failed(f"GET {path}?{name}={value}: the problem does not name {name}: {problem}")


def as_parameter(value: Any) -> str:
    """A JSON value as a query parameter."""
    return value if isinstance(value, str) else json.dumps(value)


def order_of(field: Field, value: Any) -> Any:
    """A key that sorts the values of a field as the service must."""
    match field.type:
        case "decimal":
            return Decimal(value)
        case "time":
            return datetime.fromisoformat(value)
    return value
