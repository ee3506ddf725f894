"""The checks of `gowright verify` that start a generated service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from gowright.verify.checks import CHECKS
from gowright.verify.result import Outcome, Result
from gowright.verify.runner import prepare
from scripts.mutations.checks import first_line
from scripts.mutations.table import BadMutation, Mutation, Untried

#: The checks that start the service, in the order in which `gowright verify` runs them.
NAMES = tuple(check.name for check in CHECKS if check.live)


class LiveChecks:
    """The checks of one service that its mutations name."""

    def __init__(self, root: Path, mutations: Sequence[Mutation]) -> None:
        self._root = root
        self._named = tuple(dict.fromkeys(each.check for each in mutations if each.check in NAMES))

    def before(self) -> str:
        """Run the named checks, and return the one that fails; empty if none does."""
        for result in self._results(self._named, retry_timed=True):
            if result.outcome is Outcome.FAILED:
                return f"{result.name}: {result.detail}"
        return ""

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

    def _results(self, names: Sequence[str], *, retry_timed: bool = False) -> Iterator[Result]:
        # Without names, all checks would run.
        if names:
            yield from prepare(self._root, checks=names, all_apply=False).results(retry_timed=retry_timed)
