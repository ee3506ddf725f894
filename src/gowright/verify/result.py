"""The result of a check, and a report of several results as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Result:
    """How one check ended: at which try, and `fix` is the command that repeats what failed."""

    name: str
    title: str
    outcome: Outcome
    seconds: float
    detail: str = ""
    fix: str = ""
    tries: int = 1


def count(results: Iterable[Result], outcome: Outcome) -> int:
    """How many of the results ended so."""
    return sum(result.outcome is outcome for result in results)


def passed(results: Iterable[Result]) -> bool:
    """Whether nothing failed and something was proved."""
    outcomes = {result.outcome for result in results}
    return Outcome.FAILED not in outcomes and Outcome.PASSED in outcomes


def as_dict(project: str, results: Sequence[Result]) -> dict[str, object]:
    """The results as one JSON document."""
    return {
        "project": project,
        "passed": passed(results),
        "counts": {outcome.value: count(results, outcome) for outcome in Outcome},
        "seconds": round(sum(result.seconds for result in results), 3),
        "checks": [{**asdict(result), "seconds": round(result.seconds, 3)} for result in results],
    }
