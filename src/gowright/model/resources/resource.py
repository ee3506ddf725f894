"""A resource: an entity of the service, with its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gowright.model.resources import names
from gowright.model.resources.field import Field, read_field
from gowright.model.resources.rules import (
    EXAMPLE,
    invalid_resource,
    only_keys,
    snake_case,
    type_name,
)

#: The maximum number of fields of a resource.
MAX_FIELDS = 100

#: The maximum length of a plural. Longer than for a name, so that every name has a plural.
MAX_PLURAL_LENGTH = 63

_KEYS = ("name", "plural", "fields")


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource."""

    name: str
    plural: str
    fields: tuple[Field, ...]

    @property
    def path(self) -> str:
        """The path of the collection in the API."""
        return f"/api/v1/{self.plural.replace('_', '-')}"

    def field_of(self, *types: str) -> Field | None:
        """The first field with one of these types."""
        return next((field for field in self.fields if field.type in types), None)

    @property
    def unique(self) -> tuple[Field, ...]:
        """The fields with unique values."""
        return tuple(field for field in self.fields if field.unique)

    @property
    def filters(self) -> tuple[Field, ...]:
        """The fields that lists can be filtered by."""
        return tuple(field for field in self.fields if field.index or field.unique or field.type == "ref")

    @property
    def sorts(self) -> tuple[Field, ...]:
        """The fields that lists can be sorted by."""
        return tuple(field for field in self.fields if field.sort)

    @property
    def ranges(self) -> tuple[Field, ...]:
        """The fields that lists can be filtered by bounds of."""
        return tuple(field for field in self.fields if field.range)

    @property
    def searches(self) -> tuple[Field, ...]:
        """The fields that lists can be searched for text in."""
        return tuple(field for field in self.fields if field.search)

    @property
    def references(self) -> tuple[Field, ...]:
        """The fields that refer to a resource."""
        return tuple(field for field in self.fields if field.type == "ref")

    def answer(self) -> dict[str, Any]:
        """The resource as an answer."""
        return {
            "name": self.name,
            "plural": self.plural,
            "fields": [field.answer() for field in self.fields],
        }


def nested_list(resource: Resource, field: Field) -> str:
    """The last segment of the path that lists the objects which refer to one by a field.

    It is the plural if the field has the name of its target, and otherwise ends with the name of the field:
    `/customers/{id}/invoices` and `/accounts/{id}/transfers-by-from-account`. The path of a reference doesn't change
    if another one is added.
    """
    stem = field.name.removesuffix("_id")
    return (resource.plural if stem == field.ref else f"{resource.plural}_by_{stem}").replace("_", "-")


def read_resource(raw: Any) -> Resource:
    """Check a resource on its own.

    Args:
        raw: the user's input, from the grammar or from YAML.

    Raises:
        BadAnswer: for the first error.
    """
    if not isinstance(raw, Mapping):
        raise invalid_resource(
            f"a resource is {type_name(raw)}", "a resource has a name and fields", f"write {EXAMPLE}"
        )
    only_keys(raw, _KEYS, "a resource")
    name = snake_case(raw.get("name"), "resource name")
    here = f"resource {name}"
    if ending := names.build_constraint(name):
        raise invalid_resource(
            f"{here}: the name ends in {ending}",
            f"Go would build {name}.go only for {ending[1:]}"
            if ending != "_test"
            else f"Go would treat {name}.go as a test",
            "choose another name",
        )
    fields = raw.get("fields")
    if fields and not isinstance(fields, list):
        raise invalid_resource(
            f"{here}: fields is {type_name(fields)}", "fields must be a list", f"write {EXAMPLE}"
        )
    if not fields:
        raise invalid_resource(
            f"{here} has no fields", "a resource has at least one", f'write "{name} title:string"'
        )
    if len(fields) > MAX_FIELDS:
        raise invalid_resource(f"{here} has {len(fields)} fields", f"a resource has at most {MAX_FIELDS}")
    return Resource(
        name=name,
        plural=_plural(name, raw.get("plural")),
        fields=tuple(read_field(field, here) for field in fields),
    )


def _plural(name: str, given: Any) -> str:
    if given is None and names.is_plural(name):
        raise invalid_resource(
            f"resource {name}: the name looks like a plural",
            "the name of a resource is singular",
            f"name it {names.singular(name)}, or set the plural: {name}/{name}_list",
        )
    plural = snake_case(
        names.plural(name) if given is None else given, f"resource {name}: plural", MAX_PLURAL_LENGTH
    )
    if plural == name:
        raise invalid_resource(
            f"resource {name}: singular and plural are the same name",
            "the generated code needs both",
            f"set the plural: {name}/{name}_list",
        )
    return plural
