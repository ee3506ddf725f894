"""The result of a check, and several results as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """The outcome of a check."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a check.

    Attributes:
        name: the name of the check.
        title: the property that it verifies.
        outcome: how it ended.
        seconds: the duration.
        detail: what the check found.
        fix: for a failure, a command that helps or repeats the check.
        tries: how often the check ran.
    """

    name: str
    title: str
    outcome: Outcome
    seconds: float
    detail: str = ""
    fix: str = ""
    tries: int = 1


def count(results: Iterable[Result], outcome: Outcome) -> int:
    """The number of results with an outcome."""
    return sum(result.outcome is outcome for result in results)


def passed(results: Iterable[Result]) -> bool:
    """Report whether nothing failed and at least one check passed."""
    outcomes = {result.outcome for result in results}
    return Outcome.FAILED not in outcomes and Outcome.PASSED in outcomes


def as_dict(project: str, results: Sequence[Result]) -> dict[str, object]:
    """The results as a JSON object."""
    return {
        "project": project,
        "passed": passed(results),
        "counts": {outcome.value: count(results, outcome) for outcome in Outcome},
        "seconds": round(sum(result.seconds for result in results), 3),
        "checks": [{**asdict(result), "seconds": round(result.seconds, 3)} for result in results],
    }
