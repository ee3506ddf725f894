"""One run of the matrix: it remembers what it proved, so that it can be reported, and gone on with."""

from __future__ import annotations

import random
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace

from gowright.errors import Exit, ToolError
from gowright.matrix.report import Report
from gowright.matrix.runner import Event, RunOptions, Verified, run
from gowright.matrix.state import State, key, surroundings
from gowright.matrix.variants import Matrix, Selection
from gowright.model.template import Template


class Session:
    """Proves the variants of a matrix."""

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
        self._state = State(key(template, arguments, surroundings(template)), options.keep)
        self._options = replace(options, resumed=self._state.resume() if resume else {})
        self._proved: list[Verified] = []
        self._begin = time.monotonic()

    def events(self) -> Generator[Event]:
        """What happens; see runner.run. A variant that is proved whole is on disk before it is told."""
        with closing(run(self._template, self._matrix.variants, self._options)) as events:
            for event in events:
                if isinstance(event, Verified):
                    self._proved.append(event)
                    # With what was skipped here, another run may prove more.
                    if event.whole:
                        self._state.passed(event.variant.id, event.results)
                yield event
        if self.report().passed:
            self._state.forget()

    def report(self) -> Report:
        """What was found so far."""
        seconds = time.monotonic() - self._begin
        order = {variant.id: number for number, variant in enumerate(self._matrix.variants)}
        proved = sorted(self._proved, key=lambda each: order[each.variant.id])
        return Report(self._selection, self._matrix, tuple(proved), seconds, self._options)


class Interrupted(ToolError):
    """Somebody broke off a run."""

    exit = Exit.INTERRUPTED

    def __init__(self, report: Report) -> None:
        left = [variant.id for variant in report.left()]
        named = ", ".join(left[:5]) + (f" and {len(left) - 5} more" if len(left) > 5 else "")
        super().__init__(
            "interrupted",
            f"interrupted after {len(report.proved)} of {len(report.matrix.variants)} variants; nothing runs on",
            why=f"left: {named}" if left else "",
            fix="the same command with --resume goes on"
            + (f" and --seed {report.selection.seed}" if report.selection.number else ""),
        )


def random_seed() -> int:
    """A seed that nobody chose; the report says it."""
    return random.SystemRandom().randrange(10**6)
