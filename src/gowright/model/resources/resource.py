"""A resource: a domain entity of the service, with its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gowright.model.resources import names
from gowright.model.resources.field import Field, read_field
from gowright.model.resources.rules import EXAMPLE, bad, kind_of, only_keys, revision, snake_case

#: The most fields that a resource may have.
MOST_FIELDS = 100

#: A name of the most letters has a plural too.
LONGEST_PLURAL = 63

_KEYS = ("name", "plural", "revision", "fields")


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource. `revision` numbers its migration and never changes."""

    name: str
    plural: str
    revision: int
    fields: tuple[Field, ...]

    @property
    def path(self) -> str:
        """The path of its collection in the API."""
        return f"/api/v1/{self.plural.replace('_', '-')}"

    def field_of(self, *types: str) -> Field | None:
        """The first field of one of these types."""
        return next((field for field in self.fields if field.type in types), None)

    @property
    def unique(self) -> tuple[Field, ...]:
        """The fields of which no two objects share a value."""
        return tuple(field for field in self.fields if field.unique)

    @property
    def filters(self) -> tuple[Field, ...]:
        """The fields that a list can be filtered by."""
        return tuple(field for field in self.fields if field.index or field.unique)

    def answer(self) -> dict[str, Any]:
        """The resource as an answer."""
        return {
            "name": self.name,
            "plural": self.plural,
            "revision": self.revision,
            "fields": [field.answer() for field in self.fields],
        }


def read_resource(raw: Any, number: int) -> Resource:
    """Check one resource by itself.

    Args:
        raw: what the user gave, from the grammar or from YAML.
        number: its revision when it does not say one.

    Raises:
        BadAnswer: for the first thing that is wrong.
    """
    if not isinstance(raw, Mapping):
        raise bad(f"a resource is {kind_of(raw)}", "a resource has a name and fields", f"write {EXAMPLE}")
    only_keys(raw, _KEYS, "a resource")
    name = snake_case(raw.get("name"), "resource name")
    here = f"resource {name}"
    if ending := names.build_constraint(name):
        raise bad(
            f"{here}: the name ends in {ending}",
            f"Go would build {name}.go only for {ending[1:]}"
            if ending != "_test"
            else f"Go would take {name}.go for a test",
            "choose another name",
        )
    fields = raw.get("fields")
    if fields and not isinstance(fields, list):
        raise bad(f"{here}: fields is {kind_of(fields)}", "it is a list of fields", f"write {EXAMPLE}")
    if not fields:
        raise bad(f"{here} has no fields", "a resource has at least one", f'write "{name} title:string"')
    if len(fields) > MOST_FIELDS:
        raise bad(f"{here} has {len(fields)} fields", f"a resource has at most {MOST_FIELDS}")
    return Resource(
        name=name,
        plural=_plural(name, raw.get("plural")),
        revision=revision(raw.get("revision", number), f"{here}: revision"),
        fields=tuple(read_field(field, here) for field in fields),
    )


def _plural(name: str, given: Any) -> str:
    if given is None and names.is_plural(name):
        raise bad(
            f"resource {name}: the name looks like a plural",
            "a resource is called after one of its kind",
            f"name it {names.singular(name)}, or give the plural: {name}/{name}_list",
        )
    plural = snake_case(
        names.plural(name) if given is None else given, f"resource {name}: plural", LONGEST_PLURAL
    )
    if plural == name:
        raise bad(
            f"resource {name}: one and many have the same name",
            "the generated code needs two",
            f"say the plural yourself: {name}/{name}_list",
        )
    return plural
