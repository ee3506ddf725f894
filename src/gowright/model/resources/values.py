"""The values of the modifiers of a field: defaults, references, enums, and bounds."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from gowright.errors import escape
from gowright.model.resources import names
from gowright.model.resources.field_types import field_types
from gowright.model.resources.rules import MAX_DIGITS, invalid_resource, type_name

#: The maximum number of values of an enum.
MAX_ENUM_VALUES = 100

#: What can happen to an object when the one that it refers to is deleted.
_ON_DELETE = ("restrict", "cascade", "set_null")


def default_value(raw: Mapping[str, Any], type_: str, here: str) -> Any:
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
    return bound({"min": value}, "min", type_, here)


def reference(value: Any, type_: str, here: str) -> str:
    """The name of the resource that a field refers to."""
    if type_ != "ref":
        if value is not None:
            raise invalid_resource(
                f"{here}: {type_} fields refer to nothing", "", "write ref=RESOURCE as its type"
            )
        return ""
    if not isinstance(value, str) or not value:
        raise invalid_resource(f"{here}: a reference without a resource", "", "write ref=customer")
    return value


def deletion(value: Any, raw: Mapping[str, Any], here: str) -> str:
    """What happens to an object when the one that it refers to is deleted."""
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


def enum_values(values: Any, type_: str, here: str) -> tuple[str, ...]:
    """The values of an enum."""
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


def bound(raw: Mapping[str, Any], key: str, type_: str, here: str) -> int | float | None:
    """The least or the greatest value, or length, of a field."""
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
