"""The changes that lead from the tables of a project to those of its new answers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from gowright.errors import BadAnswer
from gowright.model.schema.conditions import conditions
from gowright.model.schema.names import migration_name
from gowright.model.schema.tables import Json, by_name, comparable, filled, tables_of, used

#: The column of a table for the account that a row belongs to.
_OWNER = "owner_id"


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


def kept(recorded: Iterable[Json], fresh: Iterable[Json]) -> list[str]:
    """What the database keeps although the service doesn't use it, in the notation of Wish.drop.

    Tables of the template aren't in the list: they refer to each other.

    Args:
        recorded: the history of the project.
        fresh: the history of a new project with the same answers.
    """
    old, new = tables_of(recorded), tables_of(fresh)
    found = []
    for name, table in old.items():
        if "own" in table:
            continue
        if name not in new:
            found.append(name)
            continue
        found += [f"{name}.{each['name']}" for each in table["fields"] if each.get("kept")]
        found += [f"{name}.{_OWNER}"] if table.get("kept_owner") else []
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
            yield {"name": migration_name(changes, self._old), "changes": changes}
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
            refers = {each["ref"] for each in used(before["fields"]) if each["type"] == "ref"} - {name}
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
        for new in renamed.keys() & by_name(before["fields"]).keys():
            raise _exists(f"the column {name}.{new}", "field")
        moved = self._moved(before, name, {former: new for new, former in renamed.items()})
        after = self._with_kept(moved, table)
        self.risks += conditions(moved, after, self._wish.fill.get(name, {}))
        fill = {
            each: value for each, value in self._wish.fill.get(name, {}).items() if _fills(moved, after, each)
        }
        if not renamed and comparable(before) == comparable(after):
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
        name, fields = table["plural"], by_name(table["fields"])
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


def _exists(what: str, noun: str) -> BadAnswer:
    return BadAnswer(
        "name-exists",
        f"{what} exists",
        why="it contains data of an earlier version of the service",
        fix=f"choose another name for the {noun}, or delete the data first: gowright remove {noun} with --drop-data",
    )


def _fills(before: Json, after: Json, name: str) -> bool:
    """Report whether rows that exist get a value of a field."""
    former, field = by_name(before["fields"]).get(name), by_name(used(after["fields"])).get(name)
    return field is not None and (former is None or (filled(field) and not filled(former)))


def _without_owner(table: Json) -> Json:
    return {key: value for key, value in table.items() if key != "owner"}
