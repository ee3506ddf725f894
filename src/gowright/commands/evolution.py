"""The history of the schema in a change of a project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from gowright.errors import BadAnswer, escape
from gowright.model.edits import Edit
from gowright.model.features import HISTORY
from gowright.model.resources.names import did_you_mean
from gowright.model.schema.evolution import Evolution, Wish, evolve, kept, unused
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
        self._kept = edit.kept if edit else ()
        self._removes = bool(edit and edit.what)
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

        Raises:
            BadAnswer: if rows that exist could not be kept, or the data to delete doesn't exist.
        """
        recorded = old.get(HISTORY)
        if not isinstance(recorded, list):
            self._refuse_kept("the project records no history of its database")
            return None
        fresh = template.first_history(new)
        if fresh is None:  # there is no database, and an earlier one keeps its history
            self._refuse_kept("the project has no database")
            return recorded
        wish = self._wish
        if self._kept:
            wish = replace(wish, drop={self._place(kept(recorded, fresh))})
        elif self._drop:
            wish = replace(wish, drop=unused(template.first_history(old) or (), fresh, wish))
        found = evolve(recorded, fresh, numbers, wish)
        self.notes = tuple(self._notes(found))
        if self._kept:
            self.notes += (f"the new migrations delete {', '.join(wish.drop)}",)
        return found.history

    def _place(self, places: list[str]) -> str:
        """The data of an earlier removal to delete."""
        if found := [place for place in self._kept if place in places]:
            return found[0]
        why = f"it keeps {', '.join(places)}" if places else "it keeps nothing that the service doesn't use"
        raise self._nothing_kept(why, did_you_mean(self._kept[0], places))

    def _refuse_kept(self, why: str) -> None:
        if self._kept:
            raise self._nothing_kept(why)

    def _nothing_kept(self, why: str, hint: str = "") -> BadAnswer:
        table, dot, column = self._kept[0].partition(".")
        what = f"no field {escape(column, 50)}" if dot else f"no resource {escape(self._kept[-1], 50)}"
        data = f"column {escape(column, 50)} of {table}" if dot else f"table {escape(table, 50)}"
        return BadAnswer(
            "nothing-kept",
            f"there is {what}, and the database keeps no {data}",
            why=why,
            fix=f"name a resource or field that exists, or one whose data is kept{hint}",
        )

    def _notes(self, found: Evolution) -> Iterator[str]:
        """What the schema keeps, and what the new migrations require."""
        if found.added:
            yield f"new migrations: {', '.join(map(_file, found.added))}"
        if found.kept:
            later = ", or pass it to gowright remove later" if self._removes else ""
            yield (
                f"the database keeps {', '.join(found.kept)}; to delete the data, undo, and pass --drop-data{later}"
            )
        for risk in found.risks:
            yield f"the new migrations fail unless this holds: {risk}"


def _file(entry: Json) -> str:
    return f"{entry['number']:05d}_{entry['name']}"
