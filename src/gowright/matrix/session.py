"""A session: one run of the matrix, its saved state, and its report."""

from __future__ import annotations

import random
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace

from gowright.errors import Exit, ToolError
from gowright.matrix.report import Report
from gowright.matrix.runner import Event, RunOptions, Verified, run
from gowright.matrix.state import State, environment, key
from gowright.matrix.variants import Matrix, Selection
from gowright.model.template import Template


class Session:
    """Verifies the variants of a matrix, and saves the results.

    Args:
        template: the template to verify.
        selection: the selected variants.
        matrix: the variants of the selection.
        options: how to verify them.
        resume: whether to use saved results of an earlier run.
    """

    def __init__(
        self,
        template: Template,
        selection: Selection,
        matrix: Matrix,
        options: RunOptions,
        *,
        resume: bool = False,
    ) -> None:
        self._template = template
        self._selection = selection
        self._matrix = matrix
        arguments = [*selection.arguments(), *options.checks]
        self._state = State(key(template, arguments, environment(template)), options.keep)
        self._options = replace(options, resumed=self._state.resume() if resume else {})
        self._verified: list[Verified] = []
        self._begin = time.monotonic()

    def events(self) -> Generator[Event]:
        """Yield events; see runner.run. A complete variant is saved before its event is yielded."""
        with closing(run(self._template, self._matrix.variants, self._options)) as events:
            for event in events:
                if isinstance(event, Verified):
                    self._verified.append(event)
                    # A later run might be able to run skipped checks.
                    if event.complete:
                        self._state.passed(event.variant.id, event.results)
                yield event
        if self.report().passed:
            self._state.remove()

    def report(self) -> Report:
        """The report of the results so far."""
        seconds = time.monotonic() - self._begin
        order = {variant.id: number for number, variant in enumerate(self._matrix.variants)}
        verified = sorted(self._verified, key=lambda each: order[each.variant.id])
        return Report(self._selection, self._matrix, tuple(verified), seconds, self._options)


class Interrupted(ToolError):
    """The run was interrupted."""

    exit = Exit.INTERRUPTED

    def __init__(self, report: Report) -> None:
        not_run = [variant.id for variant in report.not_run()]
        names = ", ".join(not_run[:5]) + (f" and {len(not_run) - 5} more" if len(not_run) > 5 else "")
        super().__init__(
            "interrupted",
            f"interrupted after {len(report.verified)} of {len(report.matrix.variants)} variants; all child processes were stopped",
            why=f"not run: {names}" if not_run else "",
            fix="to continue, run the same command with --resume"
            + (f" and --seed {report.selection.seed}" if report.selection.number else ""),
        )


def random_seed() -> int:
    """A random seed."""
    return random.SystemRandom().randrange(10**6)
