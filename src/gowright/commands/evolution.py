"""The history of the schema in a change of a project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from gowright.model.edits import Edit
from gowright.model.features import HISTORY
from gowright.model.schema.evolution import Evolution, Wish, evolve, unused
from gowright.model.schema.tables import Json
from gowright.model.template import Template


class Evolving:
    """Appends the changes of the schema to the history of a project.

    Attributes:
        notes: what the user needs to know about the new migrations, once there is a history.
    """

    def __init__(self, edit: Edit | None = None, *, drop: bool = False) -> None:
        """Prepare for one change.

        Args:
            edit: an edit of the resources, with what they don't tell.
            drop: whether to delete tables and columns that the service stops using.
        """
        self._wish = Wish(edit.tables, edit.fields, edit.fill) if edit else Wish()
        self._drop = drop
        self.notes: tuple[str, ...] = ()

    def history(
        self, old: Mapping[str, Any], new: Mapping[str, Any], template: Template, numbers: frozenset[int]
    ) -> list[Any] | None:
        """Return the history of the new state.

        Args:
            old: the recorded answers.
            new: the new answers.
            template: the template of the new state.
            numbers: the numbers of the migrations that exist in the project.

        Returns:
            None if the template doesn't record a history.
        """
        recorded = old.get(HISTORY)
        if not isinstance(recorded, list):
            return None
        fresh = template.first_history(new)
        if fresh is None:  # there is no database, and an earlier one keeps its history
            return recorded
        wish = self._wish
        if self._drop:
            wish = replace(wish, drop=unused(template.first_history(old) or (), fresh, wish))
        found = evolve(recorded, fresh, numbers, wish)
        self.notes = tuple(_notes(found))
        return found.history


def _notes(found: Evolution) -> Iterator[str]:
    """What the schema keeps, and what the new migrations require."""
    if found.added:
        yield f"new migrations: {', '.join(map(_file, found.added))}"
    if found.kept:
        yield f"the database keeps {', '.join(found.kept)}; to delete the data, undo, and pass --drop-data"
    for risk in found.risks:
        yield f"the new migrations fail unless this holds: {risk}"


def _file(entry: Json) -> str:
    return f"{entry['number']:05d}_{entry['name']}"
