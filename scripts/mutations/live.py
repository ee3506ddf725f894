"""The checks of `gowright verify` that start a generated service."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gowright.verify.checks import CHECKS
from gowright.verify.result import Outcome
from gowright.verify.runner import prepare
from scripts.mutations.checks import NamedChecks, first_line
from scripts.mutations.table import BadMutation, Mutation, Untried

#: The checks that start the service, in the order in which `gowright verify` runs them.
NAMES = tuple(check.name for check in CHECKS if check.live)


class LiveChecks(NamedChecks):
    """The checks of one service that its mutations name."""

    def __init__(self, root: Path, mutations: Sequence[Mutation]) -> None:
        super().__init__(root, (each.check for each in mutations if each.check in NAMES))

    def prepare(self, mutation: Mutation) -> None:
        """Refuse a mutation whose check doesn't apply to the service."""
        applying = {check.name for check in prepare(self._root, checks=NAMES, all_apply=False).checks}
        if mutation.check and mutation.check not in applying:
            raise BadMutation(f"{mutation.check} is not a check of {mutation.service}")

    def notices(self, mutation: Mutation) -> str:
        """Return what the named check finds, or any check if none is named; empty if nothing is found.

        Raises:
            Untried: if the named check can't run here.
        """
        for result in self._results([mutation.check] if mutation.check else NAMES):
            if result.outcome is Outcome.FAILED:
                return f"{result.name}: {first_line(result.detail)}"
            if result.outcome is Outcome.SKIPPED and mutation.check:
                raise Untried(f"{result.name}: {result.detail}")
        return ""
