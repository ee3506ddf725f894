"""Filters of lists: by values, by bounds, and by text."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

from gowright.model.resources.field import Field
from gowright.model.resources.resource import Resource
from gowright.verify.check import check
from gowright.verify.checks.conditions import filter_field, resources, search_field
from gowright.verify.checks.http.lists import as_parameter, described, listed, order_of, rejects, since, walk
from gowright.verify.checks.http.resources import same
from gowright.verify.harness.client import Client
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.running import RunningService
from gowright.verify.outcomes import Failed

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
#: The operators of bounds, in parameters such as total[gte].
_OPERATORS = {"gte": operator.ge, "gt": operator.gt, "lte": operator.le, "lt": operator.lt}
#: The characters that patterns of SQL give a meaning.
_SPECIAL = "%_\\"
_TIMES = (Field("created_at", "time"), Field("updated_at", "time"))


@check("filters", "lists filter by exact values", when=filter_field)
def filters(harness: Harness) -> str:
    """A list can be filtered by the exact value of each indexed field."""
    running = harness.service
    fields = [(resource, field) for resource in running.resources for field in resource.filters]
    for resource, field in fields:
        described(running, resource.path, field.name)
        _filters(running, resource, field)
        _rejects_values(running.caller(), resource, field)
    return ", ".join(f"{resource.name}.{field.name}" for resource, field in fields)


def _filters(running: RunningService, resource: Resource, field: Field) -> None:
    caller = running.new_caller()
    values = {}
    if field.type == "ref" and not field.required:
        target = next(each for each in running.resources if each.name == field.ref)
        values = {field.name: running.create(target, caller)["id"]}
    wanted = running.create(resource, caller, **values)
    others = [running.create(resource, caller) for _ in range(4)]
    matching = [item["id"] for item in (wanted, *others) if item[field.name] == wanted[field.name]]
    query = {field.name: as_parameter(wanted[field.name])}
    got = []
    for page in walk(caller, resource.path, limit=1, **query):
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


def _rejects_values(caller: Client, resource: Resource, field: Field, suffix: str = "") -> None:
    name = f"{field.name}{suffix}"
    for value in _BAD_VALUES.get(field.type, ()):
        rejects(caller, resource.path, name, value)


@check("ranges", "lists filter by bounds", when=resources)
def ranges(harness: Harness) -> str:
    """A list can be filtered by the bounds of each field with a range, and by the times of creation and change."""
    running = harness.service
    fields = [(resource, field) for resource in running.resources for field in (*resource.ranges, *_TIMES)]
    for resource, field in fields:
        caller = running.new_caller()
        items = [running.create(resource, caller) for _ in range(3)]
        for name in _OPERATORS:
            described(running, resource.path, f"{field.name}[{name}]")
            _bounds(running, caller, resource, field, items, name)
            _rejects_values(caller, resource, field, f"[{name}]")
    return ", ".join(f"{resource.name}.{field.name}" for resource, field in fields if field not in _TIMES)


def _bounds(
    running: RunningService,
    caller: Client,
    resource: Resource,
    field: Field,
    items: list[dict[str, Any]],
    name: str,
) -> None:
    within = _OPERATORS[name]
    bound = sorted((item[field.name] for item in items), key=lambda value: order_of(field, value))[1]
    limit = order_of(field, bound)
    query = {f"{field.name}[{name}]": as_parameter(bound)}
    found = listed(caller, resource.path, **(since(running, items[0]) | query))
    outside = [item[field.name] for item in found if not within(order_of(field, item[field.name]), limit)]
    if outside:
        raise Failed(f"GET {resource.path}?{_text(query)} returned {outside[0]!r}")
    wanted = {item["id"] for item in items if within(order_of(field, item[field.name]), limit)}
    if missing := wanted - {item["id"] for item in found}:
        raise Failed(f"GET {resource.path}?{_text(query)} misses {missing}")


@check("search", "lists find text", when=search_field)
def search(harness: Harness) -> str:
    """A search finds text in any case, and takes no character as a pattern."""
    running = harness.service
    fields = [(resource, field) for resource in running.resources for field in resource.searches]
    for resource, field in fields:
        caller = running.new_caller()
        items = [running.create(resource, caller) for _ in range(2)]
        plain = str(items[0][field.name])
        if len(plain) > len(_SPECIAL):
            items.append(running.create(resource, caller, **{field.name: plain[: -len(_SPECIAL)] + _SPECIAL}))
        ascii_part = plain[: next((i for i, c in enumerate(plain) if not c.isascii()), 100)].strip()
        for text in (ascii_part.upper(), ascii_part.lower(), *_SPECIAL, "no-such-text"):
            _finds(running, caller, resource, items, text)
    for resource in running.resources:
        if resource.searches:
            described(running, resource.path, "q")
            for text in ("", " ", "x" * 101):
                rejects(running.caller(), resource.path, "q", text)
    return ", ".join(f"{resource.name}.{field.name}" for resource, field in fields)


def _finds(
    running: RunningService, caller: Client, resource: Resource, items: list[dict[str, Any]], text: str
) -> None:
    def has(item: Mapping[str, Any]) -> bool:
        return any(text.lower() in str(item[field.name] or "").lower() for field in resource.searches)

    found = {item["id"] for item in listed(caller, resource.path, **(since(running, items[0]) | {"q": text}))}
    wanted = {item["id"] for item in items if has(item)}
    if found != wanted:
        raise Failed(
            f"GET {resource.path}?q={text}: found {len(found)} of the objects, and {len(wanted)} have the text"
        )


def _text(query: Mapping[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in query.items())
