"""The order of lists."""

from __future__ import annotations

import string
from typing import Any

from gowright.model.resources.field import Field
from gowright.model.resources.resource import Resource
from gowright.verify.check import check
from gowright.verify.checks.conditions import resources
from gowright.verify.checks.http.lists import described, listed, order_of, rejects, since, walk
from gowright.verify.harness.client import Client, fields_of
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.running import RunningService
from gowright.verify.outcomes import Failed

#: The objects that have the same value, so that pages also end between them.
_SAME = (1, 3, 4)
_COUNT = 6
_BAD_SORTS = ("", "-", "no_such_field", "+created_at", "created_at,id")
_SHORTEST = 8


@check("sorting", "lists are sorted by each field in both directions", when=resources)
def sorting(harness: Harness) -> str:
    """Pages in any order contain every object once, and a cursor belongs to one order."""
    running = harness.service
    for resource in running.resources:
        described(running, resource.path, "sort")
        caller = running.new_caller()
        items = [running.create(resource, caller) for _ in range(_COUNT)]
        _in_order(running, caller, resource, "created_at", [item["id"] for item in items], items[0])
        for field in resource.sorts:
            _sorts(running, resource, field)
        _cursors(caller, resource)
        for value in _BAD_SORTS:
            rejects(caller, resource.path, "sort", value)
    return ", ".join(
        f"{resource.name}.{field.name}" for resource in running.resources for field in resource.sorts
    )


def _sorts(running: RunningService, resource: Resource, field: Field) -> None:
    caller = running.new_caller()
    items: list[dict[str, Any]] = []
    for number in range(_COUNT):
        body = running.body(resource, caller)
        value = body[field.name]
        if field.type == "string" and len(value) >= _SHORTEST:
            # Letters are in the same order in all collations, in contrast to other characters.
            value = string.ascii_lowercase[-number - 1] + value[1:]
        if number in _SAME[1:] and not field.unique:
            value = items[_SAME[0]][field.name]
        items.append(caller.call("POST", resource.path, 201, json=body | {field.name: value}).json())
    if field.type == "string" and len(items[0][field.name]) < _SHORTEST:
        return
    expected = sorted(items, key=lambda item: (order_of(field, item[field.name]), item["id"]))
    _in_order(running, caller, resource, field.name, [item["id"] for item in expected], items[0])


def _in_order(
    running: RunningService,
    caller: Client,
    resource: Resource,
    name: str,
    ids: list[str],
    first: dict[str, Any],
) -> None:
    """Require that the objects with these IDs are in ascending order of a field, and in descending order."""
    for order, expected in ((name, ids), (f"-{name}", ids[::-1])):
        found = listed(caller, resource.path, limit=2, sort=order, **since(running, first))
        got = [item["id"] for item in found]
        if got != expected:
            values = [item[name] for item in found]
            raise Failed(
                f"GET {resource.path}?sort={order}, page by page: out of order, or incomplete: {values}"
            )


def _cursors(caller: Client, resource: Resource) -> None:
    orders = ["-created_at", "created_at", *(field.name for field in resource.sorts)]
    for order, other in zip(orders, orders[1:] + orders[:1], strict=True):
        first = next(walk(caller, resource.path, limit=1, sort=order))
        params = {"sort": other, "cursor": first["next_cursor"]}
        problem = caller.problem("GET", resource.path, 400, params=params, why=f"a cursor of {order}")
        if "cursor" not in fields_of(problem):
            raise Failed(f"GET {resource.path}: the problem does not name cursor: {problem}")
