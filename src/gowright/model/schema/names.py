"""The names of migrations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gowright.model.schema.tables import Json, comparable, used


def migration_name(changes: Sequence[Json], tables: Mapping[str, Json]) -> str:
    """Return the name of a migration: what it does if that is one thing, and otherwise where.

    Args:
        changes: the changes, as in an entry of the history.
        tables: the tables before them, by name.
    """
    pairs = [(tables[change.get("of", change["table"]["plural"])], change) for change in changes]
    pairs = [pair for pair in pairs if not _follows(*pair)] or pairs
    owners = {(bool(before.get("owner")), bool(change["table"].get("owner"))) for before, change in pairs}
    if owners == {(False, True)}:
        return "add_owners"
    if owners == {(True, False)}:
        return "remove_owners"
    return _of_one(*pairs[0]) if len(pairs) == 1 else "change_tables"


def _follows(before: Json, change: Json) -> bool:
    """Report whether a table changes only because another one has a new name."""
    return "of" not in change and comparable(_without_targets(before)) == comparable(
        _without_targets(change["table"])
    )


def _without_targets(table: Json) -> Json:
    fields = [{key: value for key, value in each.items() if key != "ref"} for each in table["fields"]]
    return table | {"fields": fields}


def _of_one(before: Json, change: Json) -> str:
    table = change["table"]
    plural = table["plural"]
    if table.get("kept") and not before.get("kept"):
        return f"keep_{plural}"
    if "of" in change:
        return f"rename_{change['of']}_to_{plural}"
    renamed = change.get("renamed", {})
    if len(renamed) == 1:
        ((new, former),) = renamed.items()
        return f"rename_{former}_to_{new}_in_{plural}"
    names = {each["name"] for each in used(table["fields"])}
    formers = {each["name"] for each in used(before["fields"])}
    if not renamed and len(names ^ formers) == 1:
        (one,) = names ^ formers
        return f"add_{one}_to_{plural}" if one in names else f"remove_{one}_from_{plural}"
    deleted = {each["name"] for each in before["fields"]} - {each["name"] for each in table["fields"]}
    if not renamed and names == formers and len(deleted) == 1:  # it was removed before, and its data was kept
        return f"delete_{deleted.pop()}_from_{plural}"
    return f"change_{plural}"
