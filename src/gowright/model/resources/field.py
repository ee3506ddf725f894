"""A field of a resource: its type and its modifiers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from gowright.errors import escape
from gowright.model.resources import names
from gowright.model.resources.field_types import field_types
from gowright.model.resources.rules import (
    MAX_DIGITS,
    invalid_resource,
    only_keys,
    revision,
    snake_case,
    type_name,
)

#: The maximum number of values of an enum.
MAX_ENUM_VALUES = 100


_FLAGS = ("required", "unique", "index")
_KEYS = ("name", "type", *_FLAGS, "min", "max", "enum", "since")


@dataclass(frozen=True, slots=True)
class Field:
    """A field, as recorded in the answers."""

    name: str
    type: str
    required: bool = False
    unique: bool = False
    index: bool = False
    min: int | float | None = None
    max: int | float | None = None
    enum: tuple[str, ...] = ()
    since: int | None = None

    def answer(self) -> dict[str, Any]:
        """The field as an answer, without keys that have the default value."""
        values = ((key, getattr(self, key)) for key in _KEYS)
        return {
            key: list(value) if key == "enum" else value
            for key, value in values
            if value is not None and value is not False and value != ()
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
        enum=_enum(raw.get("enum"), type_, here),
        min=_bound(raw, "min", type_, here),
        max=_bound(raw, "max", type_, here),
        since=revision(raw["since"], f"{here}: since") if "since" in raw else None,
        **{flag: raw.get(flag, False) for flag in _FLAGS},
    )
    _check_combination(field, here)
    return field


def _check_combination(field: Field, here: str) -> None:
    """Check that the modifiers of a field are compatible."""
    rules = field_types()[field.type]
    maximum = field.max if field.max is not None else rules.max
    if field.min is not None and (field.max is not None or maximum) and field.min > maximum:
        given = field.max is not None
        default = "" if given else f", the default of a {field.type}"
        raise invalid_resource(
            f"{here}: min={field.min} is more than max={maximum}{default}",
            fix="swap or change them" if given else f"write max={field.min} or more",
        )
    if not (field.unique or field.index):
        return
    modifier = "unique" if field.unique else "index"
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
    if field.name in names.OWN_PARAMETERS:
        raise invalid_resource(
            f"{here}: {modifier} makes it a query parameter",
            f"every list already has the parameter {field.name}",
            f"remove {modifier}, or choose another name",
        )


def _enum(values: Any, type_: str, here: str) -> tuple[str, ...]:
    if type_ != "enum":
        if values is not None:
            raise invalid_resource(
                f"{here}: {type_} fields have no enum values", "", "write enum=a|b as its type"
            )
        return ()
    if not isinstance(values, list) or not values:
        raise invalid_resource(f"{here}: an enum without values", "", "write enum=new|paid|sent")
    if len(values) > MAX_ENUM_VALUES:
        raise invalid_resource(f"{here}: {len(values)} enum values", f"an enum has at most {MAX_ENUM_VALUES}")
    for value in values:
        if not isinstance(value, str):
            raise invalid_resource(
                f"{here}: enum value {escape(value)} is {type_name(value)}",
                "values are strings; YAML parses yes, no, on, and off as booleans",
                "put the value in quotes",
            )
        if len(value) > names.MAX_LENGTH or not names.SNAKE_CASE.fullmatch(value.lower()):
            raise invalid_resource(
                f"{here}: enum value {escape(value, 20) or 'an empty value'} is not a name",
                "values become Go names, which have letters, digits, and single underscores, "
                f"start with a letter, and have at most {names.MAX_LENGTH} characters",
                "choose another value",
            )
    return tuple(values)


def _bound(raw: Mapping[str, Any], key: str, type_: str, here: str) -> int | float | None:
    if key not in raw:
        return None
    value = raw[key]
    rules = field_types()[type_]
    if not rules.bounds:
        allowed = ", ".join(name for name, other in field_types().items() if other.bounds)
        raise invalid_resource(
            f"{here}: {type_} fields have no {key}", f"these types have one: {allowed}", f"remove {key}"
        )
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        what = f"{here}: {key} is {type_name(value)}" if isinstance(value, str) else f"{here}: {key}={value}"
        raise invalid_resource(
            escape(what, 200), "the value must be a number, without quotes", f"for example, write {key}: 10"
        )
    decimals = 0 if rules.whole else 4
    if round(value, decimals) != value or (isinstance(value, float) and not decimals):
        rule = "a number with at most 4 decimals" if decimals else "a whole number"
        raise invalid_resource(
            f"{here}: {key}={_plain(value)}",
            f"the {key} of {_article(type_)} is {rule}",
            f"write {key}={_plain(round(value, decimals))}, or remove {key}",
        )
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    minimum = 1 if rules.bounds == "length" else -rules.most
    if not minimum <= value <= rules.most:
        raise invalid_resource(
            f"{here}: {key}={_plain(value)}",
            f"the {key} {rules.bounds} of {_article(type_)} is between {minimum} and {rules.most}",
            f"write {key}={minimum if value < minimum else rules.most}, or remove {key}",
        )
    if isinstance(value, float) and float(f"{value:.{MAX_DIGITS}g}") != value:
        raise invalid_resource(
            f"{here}: {key}={_plain(value)} has too many digits",
            f"a decimal number has at most {MAX_DIGITS} digits, so that no language rounds it",
            "write fewer digits",
        )
    return value  # type: ignore[no-any-return]


def _plain(value: float) -> str:
    """A number without an exponent."""
    return escape(value if isinstance(value, int) else f"{value:.10f}".rstrip("0").rstrip("."))


def _article(type_: str) -> str:
    return f"{'an' if type_ in ('int', 'enum') else 'a'} {type_}"
