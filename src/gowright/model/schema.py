"""The history of the database schema: the changes that a project records when its tables change.

The format is described in docs/adr/0023-history-of-the-schema.md. A table is what macros/table.jinja makes of a resource.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from gowright.errors import BadAnswer

#: A table, a field of it, or an entry of the history: JSON objects.
Json = dict[str, Any]

#: The column of a table for the account that a row belongs to.
_OWNER = "owner_id"

_NUMBER = re.compile(r"([0-9]+)_.*\.(sql|go|json)")

#: The types that are stored alike, so that one can replace the other.
_ALIKE = ({"string", "text", "enum"}, {"uuid", "ref"})


@dataclass(frozen=True)
class Wish:
    """What the tables alone don't tell about a change.

    Attributes:
        tables: the former names of renamed tables, by name.
        fields: the former names of renamed fields, by table (its new name) and name.
        fill: the values of rows that exist, by table and field.
        drop: the tables and columns to delete, such as `orders` and `orders.note`. All others are kept.
    """

    tables: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    fill: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    drop: Collection[str] = ()


@dataclass(frozen=True)
class Evolution:
    """A history after a change.

    Attributes:
        history: the recorded entries, and the added ones.
        added: the added entries.
        kept: the tables and columns that the service stops using, such as `orders` and `orders.note`.
        risks: what makes the added migrations fail, one sentence each.
    """

    history: list[Json]
    added: list[Json]
    kept: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()


def numbers(migrations: Path) -> set[int]:
    """The numbers of the migrations in a folder, which doesn't have to exist."""
    found = (_NUMBER.fullmatch(path.name) for path in migrations.glob("*"))
    return {int(match[1]) for match in found if match}


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


def unused(before: Iterable[Json], after: Iterable[Json], wish: Wish) -> set[str]:
    """What a service stops using, in the notation of Wish.drop.

    Args:
        before: the history of a new project with the previous answers.
        after: the history of a new project with the new answers.
        wish: the renamed tables and fields.
    """
    old, new = tables_of(before), tables_of(after)
    used = {wish.tables.get(plural, plural): table for plural, table in new.items()}
    found = {plural for plural in old if plural not in used}
    for plural in old.keys() & used.keys():
        table = used[plural]
        renamed = wish.fields.get(table["plural"], {})
        names = {renamed.get(each["name"], each["name"]) for each in table.get("fields", ())}
        gone = {each["name"] for each in old[plural].get("fields", ())} - names
        if old[plural].get("owner") and not table.get("owner"):
            gone.add(_OWNER)
        found |= {f"{table['plural']}.{name}" for name in gone}
    return found


def evolve(
    recorded: Sequence[Json], fresh: Sequence[Json], taken: Iterable[int], wish: Wish | None = None
) -> Evolution:
    """Append the changes to a history that lead to the tables of a new project.

    Args:
        recorded: the history of the project.
        fresh: the history of a new project with the new answers.
        taken: the numbers of the migrations that exist in the project.
        wish: what the tables don't tell.

    Raises:
        BadAnswer: if rows that exist could not be kept, or have no value for a new field.
    """
    wish = wish or Wish()
    change = _Change(tables_of(recorded), tables_of(fresh), wish)
    start = max([0, *taken, *(entry["number"] for entry in recorded)]) + 1
    added = [
        {"number": number} | entry for number, entry in zip(count(start), change.entries(), strict=False)
    ]
    return Evolution(
        history=[*recorded, *added],
        added=added,
        kept=tuple(change.kept),
        risks=tuple(change.risks),
    )


class _Change:
    """The way from the tables of a project to those of its new answers."""

    def __init__(self, old: dict[str, Json], new: dict[str, Json], wish: Wish) -> None:
        self.kept: list[str] = []
        self.risks: list[str] = []
        self._old = old
        self._new = new
        self._wish = wish
        self._names = {former: name for name, former in wish.tables.items()}

    def entries(self) -> Iterator[Json]:
        """The entries to add, in an order in which each table exists before others refer to it."""
        own = [table for table in self._new.values() if "own" in table]
        for table in own:
            yield from self._own(table)
        for name in self._wish.tables:
            if name in self._old:
                raise _exists(f"the table {name}", "resource")
        created = [
            table for name, table in self._new.items() if "own" not in table and self._before(name) is None
        ]
        for table in created:
            if table["plural"] in self._old and table["plural"] not in self._names:
                raise _exists(f"the table {table['plural']}", "resource")
        dropped = self._dropped()
        changes: list[Json] = []
        for name, table in self._new.items():
            if "own" not in table and (before := self._before(name)) is not None:
                changes += self._changed(before, table)
        changes += self._left(dropped)
        if changes:
            yield {"name": self._name(changes), "changes": changes}
        for table in created:
            yield {"name": f"create_{table['plural']}", "table": table}
        for name in dropped:
            yield {"name": f"drop_{name}", "drop": name}

    def _own(self, table: Json) -> Iterator[Json]:
        """The tables of the template: created, or changed one revision at a time."""
        name, revision = table["plural"], table["revision"]
        if name not in self._old:
            yield {"name": f"create_{name}", "own": name} | ({"revision": revision} if revision > 1 else {})
            return
        for each in range(self._old[name].get("revision", 1) + 1, revision + 1):
            yield {"name": f"change_{name}", "own": name, "revision": each}

    def _before(self, name: str) -> Json | None:
        """The table of the project that becomes the one with this name."""
        former = self._wish.tables.get(name, name)
        table = self._old.get(former)
        return None if table is None or "own" in table else table

    def _dropped(self) -> list[str]:
        """The tables to delete: those that refer to others go first."""
        gone = [name for name in self._old if name not in self._new and name not in self._names]
        dropped = [name for name in gone if name in self._wish.drop]
        self.kept += [name for name in gone if name not in dropped and not self._old[name].get("kept")]
        return dropped[::-1]

    def _left(self, dropped: Collection[str]) -> Iterator[Json]:
        """The changes of tables that the service stops using: nothing refers from them to other tables anymore."""
        accounts = any(self._old[name].get("own") for name in dropped)
        for name, before in self._old.items():
            if name in self._new or name in self._names or "own" in before:
                continue
            refers = {each["ref"] for each in _used(before["fields"]) if each["type"] == "ref"} - {name}
            table = dict(before)
            # The tables of a cycle can only be deleted after the references.
            if refers and not before.get("kept") and (name not in dropped or refers & set(dropped)):
                table["kept"] = True
            if accounts and before.get("owner") == "user" and name not in dropped:
                table = _without_owner(table) | {"kept_owner": True}
            if table != before:
                yield {"table": table}

    def _changed(self, before: Json, table: Json) -> Iterator[Json]:
        """The change of one table, if there is one."""
        name = table["plural"]
        renamed = dict(self._wish.fields.get(name, {}))
        for new in renamed.keys() & _by_name(before["fields"]).keys():
            raise _exists(f"the column {name}.{new}", "field")
        moved = self._moved(before, name, {former: new for new, former in renamed.items()})
        after = self._with_kept(moved, table)
        self._refuse_lost_rows(moved, after)
        fill = {
            each: value for each, value in self._wish.fill.get(name, {}).items() if _fills(moved, after, each)
        }
        if not renamed and _comparable(before) == _comparable(after):
            return
        change: Json = {"of": before["plural"]} if before["plural"] != name else {}
        change["table"] = after
        if renamed:
            change["renamed"] = renamed
        if fill:
            change["fill"] = fill
        yield change

    def _moved(self, before: Json, name: str, names: Mapping[str, str]) -> Json:
        """A table with the new names of tables and fields."""
        fields = []
        for each in before["fields"]:
            moved = each | {"name": names.get(each["name"], each["name"])}
            if "ref" in each:
                moved["ref"] = self._names.get(each["ref"], each["ref"])
            fields.append(moved)
        return before | {"plural": name, "fields": fields}

    def _with_kept(self, before: Json, table: Json) -> Json:
        """A table with the columns that it keeps, although the service doesn't use them."""
        name, fields = table["plural"], _by_name(table["fields"])
        kept = []
        for each in before["fields"]:
            place = f"{name}.{each['name']}"
            if each["name"] in fields or place in self._wish.drop:
                continue
            if not each.get("kept"):
                self.kept.append(place)
            kept.append({"name": each["name"], "type": each["type"], "kept": True})
        after = table | {"fields": [*table["fields"], *kept]}
        owned = before.get("owner") or before.get("kept_owner")
        if owned and not table.get("owner") and f"{name}.{_OWNER}" not in self._wish.drop:
            if before.get("owner"):
                self.kept.append(f"{name}.{_OWNER}")
            after["kept_owner"] = True
        return after

    def _refuse_lost_rows(self, before: Json, after: Json) -> None:
        """Refuse what rows that exist can't have, and note what they may not have."""
        name, old = after["plural"], _by_name(before["fields"])
        for each in _used(after["fields"]):
            place = f"{name}.{each['name']}"
            former = old.get(each["name"])
            if former and former["type"] != each["type"] and not _alike(former["type"], each["type"]):
                raise BadAnswer(
                    "type-changed",
                    f"{place} can't change from {former['type']} to {each['type']}",
                    why="the column contains values of the old type",
                    fix="add a field with another name, or remove the old one with --drop-data first",
                )
            filled = not former or former.get("kept") or not _filled(former)
            if _filled(each) and filled and "default" not in each:
                self._refuse_empty(name, each)
            if former:
                self._note_conditions(place, former, each)
        if after.get("owner") and not before.get("owner"):
            self.risks.append(f"{name} must have no rows without an owner.")
        elif after.get("owner") == "user" and before.get("owner") == "caller":
            self.risks.append(f"Every row of {name} must belong to an account in users.")
        elif before.get("owner") and not after.get("owner"):
            unique = [each["name"] for each in _used(after["fields"]) if each.get("unique")]
            self.risks += [f"No two owners may have the same {name}.{each}." for each in unique]

    def _refuse_empty(self, name: str, each: Json) -> None:
        if each["name"] in self._wish.fill.get(name, {}):
            return
        reference = each["type"] == "ref"
        raise BadAnswer(
            "needs-value",
            f"rows that exist have no value for {name}.{each['name']}",
            why="the field is required, and its column would be NOT NULL",
            fix="make it optional: remove required"
            if reference
            else f"give the rows one, as in --fill {each['name']}=VALUE, or give the field a default instead of required",
        )

    def _note_conditions(self, place: str, former: Json, each: Json) -> None:
        if former.get("kept"):
            if set(each) & {"min", "max", "enum", "unique"} or each["type"] in ("string", "text", "ref"):
                self.risks.append(f"The kept values of {place} must meet its conditions.")
            return
        if each.get("unique") and not former.get("unique"):
            self.risks.append(f"No two rows may have the same {place}.")
        if each["type"] == "ref" and former.get("ref") != each["ref"]:
            self.risks.append(f"Every {place} must be the ID of a row of {each['ref']}.")
        limits = [key for key in ("min", "max") if each.get(key) != former.get(key)]
        if limits or not set(former.get("enum", ())) <= set(each.get("enum") or former.get("enum", ())):
            self.risks.append(f"Every {place} must meet its new condition.")

    def _name(self, changes: Sequence[Json]) -> str:
        """The name of the migration: what it does if that is one thing, and otherwise where."""
        if len(changes) > 1:
            changes = [change for change in changes if not self._follows(change)] or changes
        tables = [change["table"] for change in changes]
        before = [self._old[change.get("of", change["table"]["plural"])] for change in changes]
        owners = {
            (bool(old.get("owner")), bool(new.get("owner"))) for old, new in zip(before, tables, strict=True)
        }
        if owners == {(False, True)}:
            return "add_owners"
        if owners == {(True, False)}:
            return "remove_owners"
        if len(changes) > 1:
            return "change_tables"
        change, table, old = changes[0], tables[0], before[0]
        if table.get("kept") and not old.get("kept"):
            return f"keep_{table['plural']}"
        if "of" in change:
            return f"rename_{change['of']}_to_{table['plural']}"
        if len(change.get("renamed", {})) == 1:
            ((new, former),) = change["renamed"].items()
            return f"rename_{former}_to_{new}_in_{table['plural']}"
        names = {each["name"] for each in _used(table["fields"])}
        formers = {each["name"] for each in _used(old["fields"])}
        if "renamed" not in change and len(names ^ formers) == 1:
            (one,) = names ^ formers
            return f"{'add' if one in names else 'remove'}_{one}_{'to' if one in names else 'from'}_{table['plural']}"
        return f"change_{table['plural']}"

    def _follows(self, change: Json) -> bool:
        """Report whether a table changes only because another one has a new name."""
        old = self._old[change.get("of", change["table"]["plural"])]
        same = self._moved(old, change["table"]["plural"], {})
        return "of" not in change and _comparable(same) == _comparable(change["table"])


def _exists(what: str, noun: str) -> BadAnswer:
    return BadAnswer(
        "name-exists",
        f"{what} exists",
        why="it contains data of an earlier version of the service",
        fix=f"choose another name for the {noun}, or delete the data with --drop-data first",
    )


def _used(fields: Iterable[Json]) -> Iterator[Json]:
    """The fields that the service uses."""
    return (each for each in fields if not each.get("kept"))


def _by_name(fields: Iterable[Json]) -> dict[str, Json]:
    return {each["name"]: each for each in fields}


def _filled(each: Json) -> bool:
    """Report whether every row has a value of a field."""
    return bool(each.get("required")) or "default" in each


def _fills(before: Json, after: Json, name: str) -> bool:
    """Report whether rows that exist get a value of a field."""
    former, field = _by_name(before["fields"]).get(name), _by_name(_used(after["fields"])).get(name)
    return field is not None and (former is None or (_filled(field) and not _filled(former)))


def _alike(type_: str, other: str) -> bool:
    return any({type_, other} <= types for types in _ALIKE)


def _without_owner(table: Json) -> Json:
    return {key: value for key, value in table.items() if key != "owner"}


def _comparable(table: Json) -> Json:
    """A table without the order of its fields."""
    return table | {"fields": _by_name(table["fields"])}
