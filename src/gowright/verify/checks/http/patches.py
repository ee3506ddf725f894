"""Changes of some fields of an object: JSON merge patches (RFC 7396)."""

from __future__ import annotations

from typing import Any

from gowright.model.resources.resource import Resource
from gowright.verify.check import check
from gowright.verify.checks.conditions import resources
from gowright.verify.checks.http.resources import same
from gowright.verify.harness.client import MERGE_PATCH, fields_of
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.running import RunningService
from gowright.verify.outcomes import Failed

_MERGE_PATCH = {"Content-Type": MERGE_PATCH}
_MANAGED = {"version", "updated_at"}


@check("patch", "a patch changes only the fields that it has", when=resources)
def patch(harness: Harness) -> str:
    """A patch sets its fields, null removes a value, and all other fields keep their values."""
    running = harness.service
    for resource in running.resources:
        _one_field_at_a_time(running, resource)
        _nulls(running, resource)
        _rejected(running, resource)
    return ", ".join(resource.name for resource in running.resources)


def _one_field_at_a_time(running: RunningService, resource: Resource) -> None:
    caller, item = running.caller(), running.create(resource)
    path = f"{resource.path}/{item['id']}"
    for name, value in running.samples.body(running.schema(resource)).items():
        response = caller.call("PATCH", path, 200, json={name: value}, headers=_MERGE_PATCH, why=name)
        patched = response.json()
        if not same(value, patched[name]):
            raise Failed(f"PATCH {path}: sent {name} {value!r}, got {patched[name]!r}")
        if patched["version"] != item["version"] + 1:
            raise Failed(f"PATCH {path}: the version is {patched['version']}, not {item['version'] + 1}")
        _differs_only_in(path, item, patched, _MANAGED | {name})
        item = caller.call("GET", path, 200).json()
        _differs_only_in(path, item, patched, set())


def _nulls(running: RunningService, resource: Resource) -> None:
    caller, item = running.caller(), running.create(resource)
    path = f"{resource.path}/{item['id']}"
    properties = running.spec.properties(running.schema(resource))
    needed = set() if running.backends.unique_can_be_absent else {field.name for field in resource.unique}
    for field in resource.fields:
        if field.required:
            problem = caller.problem(
                "PATCH", path, 422, json={field.name: None}, headers=_MERGE_PATCH, why=f"{field.name} is null"
            )
            if field.name not in fields_of(problem):
                raise Failed(f"PATCH {path}: the problem does not name {field.name}: {problem}")
        elif field.name not in needed:
            item[field.name] = properties[field.name].get("default")
            patched = caller.call("PATCH", path, 200, json={field.name: None}, headers=_MERGE_PATCH).json()
            _differs_only_in(path, item, patched, _MANAGED)


def _rejected(running: RunningService, resource: Resource) -> None:
    caller, item = running.caller(), running.create(resource)
    path = f"{resource.path}/{item['id']}"
    for content_type in ("application/json", "application/json-patch+json"):
        caller.problem("PATCH", path, 415, json={}, headers={"Content-Type": content_type})
    caller.problem("PATCH", path, 412, json={}, headers={**_MERGE_PATCH, "If-Match": '"99"'})
    for body in ({"no_such_field": 1}, {"no_such_field": None}):
        problem = caller.problem("PATCH", path, 422, json=body, headers=_MERGE_PATCH)
        if "no_such_field" not in fields_of(problem):
            raise Failed(f"PATCH {path}: the problem does not name no_such_field: {problem}")
    _differs_only_in(path, item, caller.call("GET", path, 200).json(), set())
    caller.call("DELETE", path, 204)
    caller.problem("PATCH", path, 404, json={}, headers=_MERGE_PATCH, why="it was deleted")


def _differs_only_in(path: str, before: dict[str, Any], after: dict[str, Any], names: set[str]) -> None:
    changed = {name for name in before if not same(before[name], after.get(name))} - names
    if changed:
        raise Failed(f"PATCH {path} also changed {', '.join(sorted(changed))}: {before} became {after}")
