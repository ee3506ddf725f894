"""Names that are valid by themselves but clash with others in Go, in the database, or in URLs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gowright.errors import BadAnswer
from gowright.model.resources.names import OWN_FIELDS, exported, unexported
from gowright.model.resources.reserved import ReservedNames
from gowright.model.resources.resource import Resource, nested_list
from gowright.model.resources.rules import invalid_resource


def refuse_clashes(resources: Sequence[Resource], reserved: ReservedNames) -> None:
    """Check resources against each other and against the names that the template uses.

    Raises:
        BadAnswer: for the first clash.
    """
    for resource in resources:
        _refuse_reserved(resource, reserved)
        _refuse_system_tables(resource, reserved)
        _refuse_like_fields(resource)
    _refuse_same_words(resources)
    _refuse_same_indexes(resources)
    _refuse_same_lists(resources)
    for place, names in reserved.places.items():
        owners = dict.fromkeys(names.taken, "the service's own")
        for resource in resources:
            for name, owner in _names(resource, names.patterns, enums=place == _ENUMS):
                if name in owners:
                    raise _clash(owners[name], owner, f"both would be {name} in {place}")
                owners[name] = owner


def _refuse_reserved(resource: Resource, reserved: ReservedNames) -> None:
    for name, taken in ((resource.name, reserved.files), (resource.plural, reserved.plurals)):
        if name in taken:
            raise invalid_resource(
                f"resource {resource.name}: the name {name} is taken",
                "the service uses this name itself",
                "choose another name",
            )


def _refuse_system_tables(resource: Resource, reserved: ReservedNames) -> None:
    for prefix, database in reserved.prefixes.items():
        if resource.plural.startswith(prefix):
            raise invalid_resource(
                f"resource {resource.name}: the plural {resource.plural} starts with {prefix}",
                f"{database} reserves such names for system tables",
                f"write another plural: {resource.name}/{resource.plural.removeprefix(prefix)}",
            )


def _refuse_like_fields(resource: Resource) -> None:
    own = {exported(name): name for name in OWN_FIELDS}
    seen: dict[str, str] = {}
    for field in resource.fields:
        if (name := exported(field.name)) in own:
            raise invalid_resource(
                f"resource {resource.name}: field {field.name} clashes with {own[name]}, which every resource has",
                f"both would be {name} in Go",
                "remove it, or choose another name",
            )
        key = field.name.replace("_", "")
        if key == f"{resource.name}_fields".replace("_", ""):
            raise invalid_resource(
                f"resource {resource.name}: the name of field {field.name} is taken",
                f"the service has a type {exported(resource.name)}Fields",
                "choose another name",
            )
        if key in seen:
            why = (
                "names must differ in more than underscores"
                if seen[key] != field.name
                else "field names must be unique"
            )
            raise invalid_resource(
                f"resource {resource.name}: fields {seen[key]} and {field.name} clash",
                why,
                "rename one of them",
            )
        seen[key] = field.name


def _refuse_same_words(resources: Sequence[Resource]) -> None:
    owners: dict[str, str] = {}
    for resource in resources:
        for word in (resource.name, resource.plural):
            owner = f"resource {resource.name}"
            if word in owners:
                raise _clash(owners[word], owner, f"both are called {word}")
            owners[word] = owner


def _refuse_same_indexes(resources: Sequence[Resource]) -> None:
    """PostgreSQL joins the names of a table and its columns, and an index can't have the name of another one, or of a table."""
    owners = {resource.plural: f"resource {resource.name}" for resource in resources}
    for resource in resources:
        for field in (each for each in resource.fields if each.unique or each.indexed):
            for columns in (
                field.name,
                f"{field.name}_id",
                f"owner_id_{field.name}",
                f"owner_id_{field.name}_id",
            ):
                for suffix in ("key", "idx"):
                    name, owner = (
                        f"{resource.plural}_{columns}_{suffix}",
                        f"field {resource.name}.{field.name}",
                    )
                    if owners.setdefault(name, owner) != owner:
                        raise _clash(owners[name], owner, f"both would be {name} in the database")


def _refuse_same_lists(resources: Sequence[Resource]) -> None:
    """Every list has its own path, such as /customers/{id}/invoices, and its own operation ID."""
    owners = {f"list{exported(resource.plural)}": f"resource {resource.name}" for resource in resources}
    for resource in resources:
        for field in resource.references:
            owner = f"field {resource.name}.{field.name}"
            for name in (
                f"GET /{field.ref}/{{id}}/{nested_list(resource, field)}",
                f"list{exported(resource.plural)}By{exported(field.name.removesuffix('_id'))}",
            ):
                if name in owners:
                    raise _clash(owners[name], owner, f"both would have the list {name}")
                owners[name] = owner


#: The place of enum types.
_ENUMS = "internal/models"


def _names(resource: Resource, patterns: Iterable[str], *, enums: bool) -> Iterator[tuple[str, str]]:
    """The names that come from a resource in one place, and what to call their source in a message."""
    one, many = exported(resource.name), exported(resource.plural)
    for pattern in patterns:
        name = pattern.format(
            One=one, Many=many, one=unexported(resource.name), many=unexported(resource.plural)
        )
        yield name, f"resource {resource.name}"
    for field in resource.fields if enums else ():
        if field.type == "enum":
            enum = f"{one}{exported(field.name)}"
            yield enum, f"enum {resource.name}.{field.name}"
            for value in field.enum:
                yield f"{enum}{exported(value)}", f"enum value {resource.name}.{field.name}={value}"


def _clash(one: str, other: str, why: str) -> BadAnswer:
    if one == other:
        return invalid_resource(f"{one} is defined twice", why, "rename or remove one of them")
    return invalid_resource(f"{one} and {other} clash", why, "rename one of them")
