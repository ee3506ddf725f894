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
    snake_case,
    type_name,
)

#: The maximum number of values of an enum.
MAX_ENUM_VALUES = 100


_FLAGS = ("required", "optional", "unique", "index")
_KEYS = ("name", "type", *_FLAGS, "min", "max", "enum", "default", "ref", "on_delete")

#: What can happen to an object when the one that it refers to is deleted.
_ON_DELETE = ("restrict", "cascade", "set_null")


@dataclass(frozen=True, slots=True)
class Field:
    """A field, as recorded in the answers.

    Attributes:
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
        enum=_enum(raw.get("enum"), type_, here),
        min=_bound(raw, "min", type_, here),
        max=_bound(raw, "max", type_, here),
        default=_default(raw, type_, here),
        ref=_ref(raw.get("ref"), type_, here),
        on_delete=_on_delete(raw.get("on_delete"), raw, here),
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
    indexed = [flag for flag in ("unique", "index") if getattr(field, flag)]
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
    if field.name in names.OWN_PARAMETERS:
        raise invalid_resource(
            f"{here}: {modifier} makes it a query parameter",
            f"every list already has the parameter {field.name}",
            f"remove {modifier}, or choose another name",
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


def _default(raw: Mapping[str, Any], type_: str, here: str) -> Any:
    """The default of a field, or the fallback of its type."""
    rules = field_types()[type_]
    if "default" not in raw:
        if not rules.fallback or raw.get("required") or raw.get("optional"):
            return None
        values = raw.get("enum")
        return values[0] if rules.fallback == "first" and isinstance(values, list) and values else False
    value = raw["default"]
    if not rules.default:
        allowed = ", ".join(name for name, other in field_types().items() if other.default)
        raise invalid_resource(
            f"{here}: {type_} fields have no default", f"these types have one: {allowed}", "remove it"
        )
    if type_ == "enum":
        if value not in (raw.get("enum") or ()):
            raise invalid_resource(f"{here}: default={escape(value, 30)} is not one of the values")
        return value
    if type_ == "bool":
        if not isinstance(value, bool):
            raise invalid_resource(f"{here}: default={escape(value, 30)}", "the value must be true or false")
        return value
    if type_ in ("string", "text"):
        if not isinstance(value, str) or not value.isprintable() or not value.strip():
            raise invalid_resource(
                f"{here}: default={escape(value, 30)}", "the value must be one line of text"
            )
        return value
    return _bound({"min": value}, "min", type_, here)


def _ref(value: Any, type_: str, here: str) -> str:
    if type_ != "ref":
        if value is not None:
            raise invalid_resource(
                f"{here}: {type_} fields refer to nothing", "", "write ref=RESOURCE as its type"
            )
        return ""
    if not isinstance(value, str) or not value:
        raise invalid_resource(f"{here}: a reference without a resource", "", "write ref=customer")
    return value


def _on_delete(value: Any, raw: Mapping[str, Any], here: str) -> str:
    if raw.get("type") != "ref":
        if value is not None:
            raise invalid_resource(f"{here}: on_delete belongs to references", "", "remove it")
        return ""
    if value is None:
        return "restrict"
    if value not in _ON_DELETE:
        raise invalid_resource(
            f"{here}: on_delete={escape(value, 30)}",
            f"the values are {', '.join(_ON_DELETE)}",
            "write one of them",
        )
    return str(value)


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
        if len(value) > names.MAX_LENGTH or not names.ENUM_VALUE.fullmatch(value):
            raise invalid_resource(
                f"{here}: enum value {escape(value, 20) or 'an empty value'} is not a name",
                "a value has letters and digits, with single underscores or dashes between them, "
                f"and at most {names.MAX_LENGTH} characters",
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
