"""The grammar of `--resource`: `name[/plural] field:type[:modifier[=value]]...`."""

from __future__ import annotations

import re
from typing import Any

from gowright.errors import escape
from gowright.model.resources.kinds import kinds
from gowright.model.resources.names import did_you_mean, nearest
from gowright.model.resources.rules import MOST_DIGITS, bad

_FLAGS = ("required", "unique", "index")
_BOUNDS = ("min", "max")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")

#: The digits of a whole number of 64 bits.
_WHOLE_DIGITS = 19

EXAMPLE = "order customer:string:required total_cents:int:min=0 status:enum=new|paid"


def parse(text: str) -> dict[str, Any]:
    """Read one resource as it is typed; what it says is checked elsewhere.

    Args:
        text: for example `order customer:string:required status:enum=new|paid`.

    Returns:
        The resource as YAML would give it.

    Raises:
        BadAnswer: when the text is not made as the grammar says.
    """
    if not text.split():
        raise bad("a resource is empty", "a resource has a name and fields", f'write "{EXAMPLE}"')
    head, *parts = text.split()
    name, slash, plural = head.partition("/")
    if ":" in head:
        raise bad(
            f"resource {escape(head, 30)}: the name is missing",
            "the first word is the resource's name, the others are its fields",
            f'write "thing {escape(head, 30)}", with its own name for thing',
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
        raise bad(
            f"{here}: no type", "an enum's values hold no spaces", "write an underscore for each of them"
        )
    if not parts or not parts[0]:
        raise bad(
            f"{here}: no type",
            "a field is name:type, without spaces",
            f"write {escape(name, 30)}:string{_forgotten_space(name)}",
        )
    kind, equals, values = parts[0].partition("=")
    field: dict[str, Any] = {"name": name, "type": kind}
    if equals and kind != "enum":
        fix = f"write {escape(name, 30)}:{nearest(kind, kinds()) or 'string'}"
        raise bad(f"{here}: {escape(parts[0], 30)} is not a type", f"types are {', '.join(kinds())}", fix)
    if kind == "enum":
        field["enum"] = values.split("|") if values else []
    for modifier in parts[1:]:
        key, value = _modifier(modifier, here)
        if key in field:
            raise bad(f"{here}: {key} is given twice", "", "say it once")
        field[key] = value
    return field


def _modifier(text: str, here: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if key in _FLAGS and not equals:
        return key, True
    if key in _FLAGS:
        raise bad(f"{here}: {escape(text, 30)}", f"{key} has no value", f"write {key}")
    if key in _BOUNDS:
        if not _NUMBER.fullmatch(value):
            raise bad(f"{here}: {escape(text, 30)} is not a number", "", f"write {key}=10, for example")
        most = MOST_DIGITS if "." in value else _WHOLE_DIGITS
        if sum(map(str.isdigit, value)) > most:
            kind = "a number with a point" if "." in value else "a number"
            raise bad(
                f"{here}: {escape(text, 30)} has too many digits",
                f"{kind} has at most {most}",
                f"write fewer, or drop {key}",
            )
        return key, float(value) if "." in value else int(value)
    raise bad(
        f"{here}: {escape(key, 30) or 'nothing'} is not a modifier",
        "modifiers are required, unique, index, min= and max=",
        f"remove it{did_you_mean(key, _FLAGS + _BOUNDS)}",
    )


def _forgotten_space(name: str) -> str:
    return "; remove the space after the colon" if name in kinds() else ""
