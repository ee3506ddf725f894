"""The checks of `gowright verify` that read the files which deploy and operate a service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from gowright.verify.checks import CHECKS
from gowright.verify.result import Outcome, Result
from gowright.verify.runner import prepare
from scripts.mutations.table import BadMutation, Mutation, Untried

#: The checks that depend on more than the Go files.
NAMES = tuple(check.name for check in CHECKS if not check.reads.go_only)


class NamedChecks:
    """Checks of one service, of which its mutations name some."""

    def __init__(self, root: Path, named: Iterable[str]) -> None:
        self._root = root
        self._named = tuple(dict.fromkeys(named))

    def before(self) -> str:
        """Run the named checks, and return the one that fails; empty if none does."""
        for result in self._results(self._named, retry_timed=True):
            if result.outcome is Outcome.FAILED:
                return f"{result.name}: {result.detail}"
        return ""

    def _results(self, names: Sequence[str], *, retry_timed: bool = False) -> Iterator[Result]:
        # Without names, all checks would run.
        if names:
            yield from prepare(self._root, checks=names, all_apply=False).results(retry_timed=retry_timed)


class FileChecks(NamedChecks):
    """The checks of one service that its mutations name."""

    def __init__(self, root: Path, mutations: Sequence[Mutation]) -> None:
        super().__init__(root, (each.by for each in mutations if each.by in NAMES))

    def prepare(self, mutation: Mutation) -> None:
        """Refuse a mutation without a check, or with one that doesn't apply to the service."""
        applying = {check.name for check in prepare(self._root, checks=NAMES, all_apply=False).checks}
        if mutation.by not in applying:
            raise BadMutation(
                f"{mutation.by or 'nothing'} is not a check that reads files of {mutation.service}"
            )

    def notices(self, mutation: Mutation) -> str:
        """Return what the named check finds; empty if neither it nor another check finds anything.

        Raises:
            BadMutation: if only another check does.
            Untried: if the named check can't run here.
        """
        for result in self._results([mutation.by]):
            # Some checks compare what they can before they are skipped.
            if result.outcome is Outcome.FAILED:
                return f"{result.name}: {first_line(result.detail)}"
            if result.outcome is Outcome.SKIPPED:
                raise Untried(f"{result.name}: {first_line(result.detail)}")
        for result in self._results([name for name in NAMES if name != mutation.by]):
            if result.outcome is Outcome.FAILED:
                raise BadMutation(
                    f"{mutation.by} doesn't notice it, and {result.name} does: {first_line(result.detail)}"
                )
        return ""


def first_line(text: str) -> str:
    """The first line of what a check found, for a report."""
    return text.strip().partition("\n")[0][:200]
