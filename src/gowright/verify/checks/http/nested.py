"""Lists of the objects that refer to another one."""

from __future__ import annotations

import uuid

from gowright.model.resources.field import Field
from gowright.model.resources.resource import Resource, nested_list
from gowright.verify.check import check
from gowright.verify.checks.conditions import callers, references
from gowright.verify.checks.http.lists import described, rejects, walk
from gowright.verify.harness.client import fields_of
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.running import RunningService
from gowright.verify.outcomes import Failed


@check("nested-lists", "objects list what refers to them", when=references)
def nested_lists(harness: Harness) -> str:
    """An object has a list for each reference to it, which is a part of the whole list."""
    running = harness.service
    fields = [(resource, field) for resource in running.resources for field in resource.references]
    for resource, field in fields:
        _lists(running, resource, field)
    return ", ".join(f"{resource.name}.{field.name}" for resource, field in fields)


def _lists(running: RunningService, resource: Resource, field: Field) -> None:
    target = next(each for each in running.resources if each.name == field.ref)
    caller = running.new_caller()
    one, other = (running.create(target, caller)["id"] for _ in range(2))
    count = 1 if field.unique else 3
    wanted = [running.create(resource, caller, **{field.name: one})["id"] for _ in range(count)]
    running.create(resource, caller, **{field.name: other})

    segment = nested_list(resource, field)
    path = f"{target.path}/{one}/{segment}"
    pages = list(walk(caller, path, limit=2, sort="created_at", total="true"))
    found = [item["id"] for page in pages for item in page["items"]]
    if found != wanted or pages[0].get("total") != len(wanted):
        raise Failed(f"GET {path}: {len(found)} objects, not the {len(wanted)} that refer to it")
    whole = set(running.spec.parameters(running.operation("GET", resource.path), "query"))
    for name in whole - {field.name}:
        described(running, path, name)
    rejects(caller, path, field.name, one)

    caller.problem("GET", f"{target.path}/{uuid.uuid4()}/{segment}", 404, why="there is no such object")
    if "id" not in fields_of(caller.problem("GET", f"{target.path}/1/{segment}", 400)):
        raise Failed(f"GET {target.path}/1/{segment}: the problem does not name id")
    if callers(running.project):
        running.new_caller().problem("GET", path, 404, why="as another user")
