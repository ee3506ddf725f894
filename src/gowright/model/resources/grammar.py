"""The grammar of `--resource`: `name[/plural] field:type[:modifier[=value]]...`."""

from __future__ import annotations

import re
from typing import Any

from gowright.errors import escape
from gowright.model.resources.field_types import field_types
from gowright.model.resources.names import did_you_mean, nearest
from gowright.model.resources.rules import MAX_DIGITS, invalid_resource

_FLAGS = ("required", "optional", "unique", "index", "sort", "range", "search")
_VALUES = ("min", "max", "default", "on_delete")
_BOUNDS = ("min", "max")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")

#: The maximum number of digits of a 64-bit integer.
_MAX_INTEGER_DIGITS = 19

EXAMPLE = "order customer:string:required total_cents:int:min=0 status:enum=new|paid"


def syntax() -> str:
    """The types and modifiers of a field, for the help of a command."""
    values = {"enum": "enum=a|b", "ref": "ref=RESOURCE"}
    types = " ".join(values.get(name, name) for name in field_types())
    return f"Types: {types}. Modifiers: {' '.join(_FLAGS)} {' '.join(f'{key}=' for key in _VALUES)}."


def parse(text: str) -> dict[str, Any]:
    """Parse one resource as text. Its content is checked elsewhere.

    Args:
        text: for example `order customer:string:required status:enum=new|paid`.

    Returns:
        The resource as a mapping, as in YAML.

    Raises:
        BadAnswer: if the text doesn't match the grammar.
    """
    if not text.split():
        raise invalid_resource(
            "a resource is empty", "a resource has a name and fields", f'write "{EXAMPLE}"'
        )
    head, *parts = text.split()
    name, slash, plural = head.partition("/")
    if ":" in head:
        raise invalid_resource(
            f"resource {escape(head, 30)}: the name is missing",
            "the first word is the name of the resource, and the others are its fields",
            f'write "NAME {escape(head, 30)}"',
        )
    resource: dict[str, Any] = {"name": name}
    if slash:
        resource["plural"] = plural
    resource["fields"] = [_field(part, f"resource {escape(name, 30)}") for part in parts]
    return resource


def _field(text: str, resource: str) -> dict[str, Any]:
    name, *parts = text.split(":")
    here = f"{resource}, field {escape(name, 30)}"
    if not parts and "|" in name:
        raise invalid_resource(f"{here}: no type", "enum values have no spaces", "use underscores instead")
    if not parts or not parts[0]:
        raise invalid_resource(
            f"{here}: no type",
            "a field is name:type, without spaces",
            f"write {escape(name, 30)}:string{_forgotten_space(name)}",
        )
    type_, equals, values = parts[0].partition("=")
    field: dict[str, Any] = {"name": name, "type": type_}
    if equals and type_ not in ("enum", "ref"):
        fix = f"write {escape(name, 30)}:{nearest(type_, field_types()) or 'string'}"
        raise invalid_resource(
            f"{here}: {escape(parts[0], 30)} is not a type", f"types are {', '.join(field_types())}", fix
        )
    if type_ == "enum":
        field["enum"] = values.split("|") if values else []
    if type_ == "ref":
        field["ref"] = values
    for modifier in parts[1:]:
        key, value = _modifier(modifier, type_, here)
        if key in field:
            raise invalid_resource(f"{here}: duplicate {key}", "", f"write {key} once")
        field[key] = value
    return field


def _modifier(text: str, type_: str, here: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if key in _FLAGS and not equals:
        return key, True
    if key in _FLAGS:
        raise invalid_resource(f"{here}: {escape(text, 30)}", f"{key} has no value", f"write {key}")
    if key == "on_delete":
        return key, value
    if key == "default":
        return key, typed_value(value, type_, here)
    if key in _BOUNDS:
        return key, _number(value, text, here)
    raise invalid_resource(
        f"{here}: {escape(key, 30) or 'an empty string'} is not a modifier",
        f"modifiers are {', '.join((*_FLAGS, *(f'{each}=' for each in _VALUES)))}",
        f"remove it{did_you_mean(key, _FLAGS + _VALUES)}",
    )


def typed_value(value: str, type_: str, here: str) -> Any:
    """A value has the type of its field: 0 is a number for an int, and text for a string.

    Raises:
        BadAnswer: if the type is one of numbers, and the text is none.
    """
    if type_ in ("int", "float", "decimal"):
        return _number(value, f"default={value}", here)
    return {"true": True, "false": False}.get(value, value) if type_ == "bool" else value


def _number(value: str, text: str, here: str) -> int | float:
    key = text.partition("=")[0]
    if not _NUMBER.fullmatch(value):
        raise invalid_resource(
            f"{here}: {escape(text, 30)} is not a number", "", f"for example, write {key}=10"
        )
    max_digits = MAX_DIGITS if "." in value else _MAX_INTEGER_DIGITS
    if sum(map(str.isdigit, value)) > max_digits:
        kind = "a decimal number" if "." in value else "a number"
        raise invalid_resource(
            f"{here}: {escape(text, 30)} has too many digits",
            f"{kind} has at most {max_digits} digits",
            f"write fewer digits, or remove {key}",
        )
    return float(value) if "." in value else int(value)


def _forgotten_space(name: str) -> str:
    return "; remove the space after the colon" if name in field_types() else ""
