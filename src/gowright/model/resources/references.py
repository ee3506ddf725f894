"""References between resources."""

from __future__ import annotations

from collections.abc import Sequence

from gowright.model.resources.names import did_you_mean
from gowright.model.resources.resource import Resource
from gowright.model.resources.rules import invalid_resource


def refuse_bad_references(resources: Sequence[Resource]) -> None:
    """Check that every reference has a target, and that the first object of each resource can be created.

    Raises:
        BadAnswer: for the first reference without a target, or the first cycle of required references.
    """
    by_name = {resource.name: resource for resource in resources}
    for resource in resources:
        for field in resource.references:
            if field.ref not in by_name:
                raise invalid_resource(
                    f"resource {resource.name}, field {field.name}: there is no resource {field.ref}",
                    f"resources are {', '.join(by_name)}",
                    f"define it, or write another one{did_you_mean(field.ref, by_name)}",
                )
    done: set[str] = set()
    for resource in resources:
        if cycle := _cycle(resource.name, by_name, (), done):
            raise invalid_resource(
                f"required references form a cycle: {' -> '.join(cycle)}",
                "no first object of these resources could be created",
                "make one of the references optional: remove required",
            )


def _cycle(
    name: str, resources: dict[str, Resource], path: tuple[str, ...], done: set[str]
) -> tuple[str, ...]:
    """The first cycle of required references that can be reached from a resource; empty if there is none.

    Resources in `done` reach no cycle: without them, the number of paths would grow exponentially.
    """
    if name in path:
        return (*path[path.index(name) :], name)
    if name in done:
        return ()
    for field in resources[name].references:
        if field.required and (cycle := _cycle(field.ref, resources, (*path, name), done)):
            return cycle
    done.add(name)
    return ()
