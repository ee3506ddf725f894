"""The tables after the changes of a history.

The format of a history is described in docs/adr/0023-history-of-the-schema.md. A table is what macros/table.jinja makes of
a resource.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

#: A table, a field of it, or an entry of the history: JSON objects.
Json = dict[str, Any]


def tables_of(history: Iterable[Json]) -> dict[str, Json]:
    """The tables after all changes of a history, by name. Those of the template have the keys `own` and `revision`."""
    tables: dict[str, Json] = {}
    for entry in history:
        if "own" in entry:
            tables[entry["own"]] = {"plural": entry["own"], "own": True, "revision": entry.get("revision", 1)}
        elif "table" in entry:
            tables[entry["table"]["plural"]] = entry["table"]
        elif "changes" in entry:
            for each in entry["changes"]:
                tables.pop(each.get("of", each["table"]["plural"]))
            tables |= {each["table"]["plural"]: each["table"] for each in entry["changes"]}
        else:
            del tables[entry["drop"]]
    return tables


def used(fields: Iterable[Json]) -> Iterator[Json]:
    """The fields that the service uses."""
    return (each for each in fields if not each.get("kept"))


def by_name(fields: Iterable[Json]) -> dict[str, Json]:
    """The fields by name."""
    return {each["name"]: each for each in fields}


def filled(each: Json) -> bool:
    """Report whether every row has a value of a field."""
    return bool(each.get("required")) or "default" in each


def comparable(table: Json) -> Json:
    """A table without the order of its fields."""
    return table | {"fields": by_name(table["fields"])}
