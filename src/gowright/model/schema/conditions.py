"""What rows that exist must have for a change of their table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gowright.errors import BadAnswer
from gowright.model.schema.tables import Json, by_name, filled, used

#: The types that are stored alike, so that one can replace the other.
_ALIKE = ({"string", "text", "enum"}, {"uuid", "ref"})


def conditions(before: Json, after: Json, fill: Mapping[str, Any]) -> Iterator[str]:
    """Return what makes a change of a table fail if rows don't meet it, one sentence each.

    Args:
        before: the table, with the new names of its fields.
        after: the table after the change.
        fill: the values that rows that exist get, by field.

    Raises:
        BadAnswer: for what no row that exists can have.
    """
    name, old = after["plural"], by_name(before["fields"])
    for each in used(after["fields"]):
        place, former = f"{name}.{each['name']}", old.get(each["name"])
        if former and former["type"] != each["type"] and not _alike(former["type"], each["type"]):
            raise BadAnswer(
                "type-changed",
                f"{place} can't change from {former['type']} to {each['type']}",
                why="the column contains values of the old type",
                fix="add a field with another name, or remove the old one with --drop-data first",
            )
        empty = not former or former.get("kept") or not filled(former)
        if filled(each) and empty and "default" not in each and each["name"] not in fill:
            raise _needs_value(place, each)
        if former:
            yield from _of_field(place, former, each)
    yield from _of_owner(before, after)


def _needs_value(place: str, each: Json) -> BadAnswer:
    give = "give them one with --fill, or give the field a default instead of required"
    return BadAnswer(
        "needs-value",
        f"rows that exist have no value for {place}",
        why="the field is required, and its column would be NOT NULL",
        fix="make it optional: remove required" if each["type"] == "ref" else give,
    )


def _of_field(place: str, former: Json, each: Json) -> Iterator[str]:
    if former.get("kept"):
        if set(each) & {"min", "max", "enum", "unique"} or each["type"] in ("string", "text", "ref"):
            yield f"The kept values of {place} must meet its conditions."
        return
    if each.get("unique") and not former.get("unique"):
        yield f"No two rows may have the same {place}."
    if each["type"] == "ref" and former.get("ref") != each["ref"]:
        yield f"Every {place} must be the ID of a row of {each['ref']}."
    limits = [key for key in ("min", "max") if each.get(key) != former.get(key)]
    if limits or not set(former.get("enum", ())) <= set(each.get("enum") or former.get("enum", ())):
        yield f"Every {place} must meet its new condition."


def _of_owner(before: Json, after: Json) -> Iterator[str]:
    name = after["plural"]
    if after.get("owner") and not before.get("owner"):
        yield f"{name} must have no rows without an owner."
    elif after.get("owner") == "user" and before.get("owner") == "caller":
        yield f"Every row of {name} must belong to an account in users."
    elif before.get("owner") and not after.get("owner"):
        for each in used(after["fields"]):
            if each.get("unique"):
                yield f"No two owners may have the same {name}.{each['name']}."


def _alike(type_: str, other: str) -> bool:
    return any({type_, other} <= types for types in _ALIKE)
