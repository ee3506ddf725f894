"""The history of the schema in a change of a project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gowright.commands.change import recorded_history
from gowright.model.edits import Edit
from gowright.model.features import HISTORY
from gowright.model.ledger import Ledger
from gowright.model.schema import Evolution, Wish, evolve, unused
from gowright.model.template import Template


class Evolving:
    """Appends the changes of the schema to the history. Implements `change.History`."""

    def __init__(self, edit: Edit | None = None, *, drop: bool = False) -> None:
        """Prepare for one change.

        Args:
            edit: an edit of the resources, with what they don't tell.
            drop: whether to delete tables and columns that the service stops using.
        """
        self._wish = Wish(edit.tables, edit.fields, edit.fill) if edit else Wish()
        self._drop = drop
        self._found: Evolution | None = None

    def __call__(
        self, old: Mapping[str, Any], new: Mapping[str, Any], template: Template, numbers: frozenset[int]
    ) -> list[Any] | None:
        """Return the history of the new state."""
        fresh = template.first_history(new) if HISTORY in old else None
        if fresh is None:
            return recorded_history(old, new, template, numbers)
        wish = self._wish
        if self._drop:
            wish = replace(wish, drop=unused(template.first_history(old) or (), fresh, wish))
        self._found = evolve(old[HISTORY], fresh, numbers, wish)
        return self._found.history

    def noted(self, ledger: Ledger) -> Ledger:
        """Return a ledger with what the schema keeps, and with what the new migrations require."""
        if self._found is None:
            return ledger
        names = ", ".join(f"{entry['number']:05d}_{entry['name']}" for entry in self._found.added)
        notes = [f"new migrations: {names}"] if names else []
        if self._found.kept:
            kept = ", ".join(self._found.kept)
            notes.append(f"the database keeps {kept}; to delete the data, undo, and pass --drop-data")
        notes += [f"the migrations fail on rows that don't meet this: {risk}" for risk in self._found.risks]
        return replace(ledger, notes=(*ledger.notes, *notes))
