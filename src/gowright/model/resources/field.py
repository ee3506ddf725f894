"""A field of a resource: its type and its modifiers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gowright.errors import escape
from gowright.model.resources import names
from gowright.model.resources.field_types import field_types
from gowright.model.resources.rules import (
    invalid_resource,
    only_keys,
    snake_case,
    type_name,
)
from gowright.model.resources.values import bound, default_value, deletion, enum_values, reference

#: What lists can do with a field.
_LISTS = ("sort", "range", "search")

_FLAGS = ("required", "optional", "unique", "index", *_LISTS)
_KEYS = ("name", "type", *_FLAGS, "min", "max", "enum", "default", "ref", "on_delete")


@dataclass(frozen=True, slots=True)
class Field:
    """A field, as recorded in the answers.

    Attributes:
        sort: whether lists can be sorted by it.
        range: whether lists can be filtered by its bounds.
        search: whether lists can be searched for text in it.
        default: the value of objects that are created without one. A field with a default is never null.
        ref: the name of the resource that a reference refers to.
        on_delete: what happens when that one is deleted: restrict, cascade or set_null.
    """

    name: str
    type: str
    required: bool = False
    optional: bool = False
    unique: bool = False
    index: bool = False
    sort: bool = False
    range: bool = False
    search: bool = False
    min: int | float | None = None
    max: int | float | None = None
    enum: tuple[str, ...] = ()
    default: bool | int | float | str | None = None
    ref: str = ""
    on_delete: str = ""

    @property
    def filled(self) -> bool:
        """Whether every object has a value."""
        return self.required or self.default is not None

    @property
    def indexed(self) -> bool:
        """Whether queries need an index on it. A unique field has one anyway."""
        return self.index or self.sort or self.range or self.type == "ref"

    def answer(self) -> dict[str, Any]:
        """The field as an answer, without keys that have the default value."""
        values = ((key, getattr(self, key)) for key in _KEYS)
        return {
            key: list(value) if key == "enum" else value
            for key, value in values
            if (key == "default" and value is not None)
            or value not in (None, False, (), "")
            or (key in ("min", "max") and value == 0)
        }


def read_field(raw: Any, resource: str) -> Field:
    """Check a field on its own.

    Args:
        raw: the user's input.
        resource: the resource, as named in messages.

    Raises:
        BadAnswer: for the first error.
    """
    if not isinstance(raw, Mapping):
        raise invalid_resource(
            f"{resource}: a field is {type_name(raw)}",
            "a field has a name and a type",
            "write {name: title, type: string}",
        )
    only_keys(raw, _KEYS, f"{resource}: a field")
    name = snake_case(raw.get("name"), f"{resource}: field name")
    if raw.get("type") == "ref" and not name.endswith("_id"):
        name = f"{name}_id"
    here = f"{resource}, field {name}"
    if name in names.OWN_FIELDS:
        raise invalid_resource(
            f"{here}: the name is taken",
            f"every resource already has {', '.join(sorted(names.OWN_FIELDS))}",
            "remove it, or choose another name",
        )
    if name in names.SYSTEM_COLUMNS:
        raise invalid_resource(
            f"{here}: the name is taken",
            "every PostgreSQL table has such a system column",
            "choose another name",
        )
    type_ = raw.get("type")
    if not isinstance(type_, str) or type_ not in field_types():
        near = names.nearest(str(type_), field_types())
        raise invalid_resource(
            f"{here}: {escape(type_)} is not a type" if type_ else f"{here} has no type",
            f"types are {', '.join(field_types())}",
            f'write "{name}:{near}"' if near else f'for example, write "{name}:string"',
        )
    for flag in _FLAGS:
        if not isinstance(raw.get(flag, False), bool):
            raise invalid_resource(
                f"{here}: {flag} is {type_name(raw[flag])}", "the value must be true or false"
            )
    field = Field(
        name=name,
        type=type_,
        enum=enum_values(raw.get("enum"), type_, here),
        min=bound(raw, "min", type_, here),
        max=bound(raw, "max", type_, here),
        default=default_value(raw, type_, here),
        ref=reference(raw.get("ref"), type_, here),
        on_delete=deletion(raw.get("on_delete"), raw, here),
        **{flag: raw.get(flag, False) for flag in _FLAGS},
    )
    _check_combination(field, here)
    return field


def _check_combination(field: Field, here: str) -> None:
    """Check that the modifiers of a field are compatible."""
    rules = field_types()[field.type]
    _check_value(field, here)
    maximum = field.max if field.max is not None else rules.max
    if field.min is not None and (field.max is not None or maximum) and field.min > maximum:
        given = field.max is not None
        default = "" if given else f", the default of a {field.type}"
        raise invalid_resource(
            f"{here}: min={field.min} is more than max={maximum}{default}",
            fix="swap or change them" if given else f"write max={field.min} or more",
        )
    _check_lists(field, here)
    indexed = [flag for flag in ("unique", "index", "sort") if getattr(field, flag)]
    if not indexed:
        return
    modifier = indexed[0]
    if not rules.index:
        raise invalid_resource(
            f"{here}: {field.type} fields cannot be {modifier}",
            "PostgreSQL cannot index long text",
            f'write "{field.name}:string:{modifier}"',
        )
    if field.unique and not rules.unique:
        raise invalid_resource(
            f"{here}: {field.type} fields cannot be unique",
            "the type has too few values",
            "remove unique, or use index",
        )
    if field.unique and field.index:
        raise invalid_resource(
            f"{here}: unique and index", "a unique field already has an index", "remove index"
        )
    if rules.longest_indexed and maximum > rules.longest_indexed:
        raise invalid_resource(
            f"{here}: max={maximum} with {modifier}",
            f"an indexed {field.type} has at most {rules.longest_indexed} characters",
            f"remove {modifier}, or write max={rules.longest_indexed}",
        )
    if modifier != "sort" and field.name in names.OWN_PARAMETERS:
        raise invalid_resource(
            f"{here}: {modifier} makes it a query parameter",
            f"every list already has the parameter {field.name}",
            f"remove {modifier}, or choose another name",
        )


def _check_lists(field: Field, here: str) -> None:
    """Check what lists can do with a field."""
    for modifier in _LISTS:
        if getattr(field, modifier) and not getattr(field_types()[field.type], modifier):
            allowed = ", ".join(name for name, rules in field_types().items() if getattr(rules, modifier))
            raise invalid_resource(
                f"{here}: {field.type} fields have no {modifier}",
                f"these types have it: {allowed}",
                f"remove {modifier}",
            )
    if field.sort and not field.filled:
        raise invalid_resource(
            f"{here}: sort, but objects can be without a value",
            "databases put missing values in different places, so a page couldn't continue after one",
            "write required or default=" if field_types()[field.type].default else "write required",
        )


def _check_value(field: Field, here: str) -> None:
    """Check whether objects have a value, and which one if they are created without."""
    if field.required and field.optional:
        raise invalid_resource(f"{here}: required and optional", "", "remove one of them")
    given = field.default is not None
    if given and (field.required or field.optional):
        other = "required" if field.required else "optional"
        raise invalid_resource(
            f"{here}: default and {other}", "a field with a default always has a value", f"remove {other}"
        )
    if given and field.unique and field_types()[field.type].unique:
        raise invalid_resource(
            f"{here}: default and unique", "only one object could have it", "remove one of them"
        )
    bounded = isinstance(field.default, int | float) and not isinstance(field.default, bool)
    size = field.default if bounded else len(field.default) if isinstance(field.default, str) else None
    if given and size is not None and field.type != "enum":
        least = field.min if field.min is not None else None
        most = field.max if field.max is not None else field_types()[field.type].max or None
        if (least is not None and size < least) or (most is not None and size > most):  # type: ignore[operator]
            raise invalid_resource(f"{here}: default={escape(field.default, 30)} is not within min and max")
    if field.on_delete == "set_null" and field.required:
        raise invalid_resource(
            f"{here}: on_delete=set_null and required",
            "the field can't be null",
            "remove required, or write cascade",
        )
