"""The report of a matrix run, as JSON and as JUnit XML."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from gowright.errors import BadAnswer
from gowright.matrix.runner import RunOptions, Verified
from gowright.matrix.subprocesses import RUN, RUN_TITLE
from gowright.matrix.variants import Matrix, Selection, Shard, Variant
from gowright.verify.junit import suite, write_suites
from gowright.verify.result import Outcome, Result, count

#: The folder that commands which repeat a failure render into.
_KEPT = "build/matrix"

#: The prefix of a reason that comes from another variant or from a resource that checks share.
_FIRST_REASON = re.compile(r"^(as \S+: )?(needs the \w+: )?")

#: GitHub's limit for the jobs of one matrix.
_MAX_JOBS = 256


@dataclass(frozen=True)
class Report:
    """A run: the selection, the results, and the duration in seconds."""

    selection: Selection
    matrix: Matrix
    verified: tuple[Verified, ...]
    seconds: float
    options: RunOptions = field(default_factory=RunOptions)

    @property
    def results(self) -> tuple[Result, ...]:
        """The results of all checks."""
        return tuple(result for verified in self.verified for result in verified.results)

    @property
    def passed(self) -> bool:
        """Report whether every variant passed; with --strict, no check may have been skipped."""
        passed = (each.complete if self.options.strict else each.passed for each in self.verified)
        return len(self.verified) == len(self.matrix.variants) and all(passed)

    @property
    def covered(self) -> int:
        """The number of tuples that are verified.

        Only variants count that passed with no check skipped. With selected checks, none counts.
        """
        complete = (each.variant for each in self.verified if each.complete)
        return 0 if self.options.checks else self.matrix.covered(complete)

    @property
    def tuples(self) -> int:
        """The total number of tuples."""
        return len(self.matrix.tuples.members)

    @property
    def percent(self) -> int:
        """The percentage of tuples that are verified, rounded down."""
        return 100 * self.covered // self.tuples

    def not_run(self) -> tuple[Variant, ...]:
        """The variants that have no result."""
        ended = {verified.variant.id for verified in self.verified}
        return tuple(variant for variant in self.matrix.variants if variant.id not in ended)

    def failures(self) -> Iterator[tuple[Verified, Result, str]]:
        """Each failed result, with the command that repeats it."""
        for verified in self.verified:
            for result in verified.results:
                if result.outcome is Outcome.FAILED:
                    yield verified, result, self.repeat_command(verified.variant, result)

    def skips(self) -> dict[str, tuple[int, int]]:
        """The reasons for skipped checks, each with the number of skipped checks and of variants."""
        found: dict[str, list[str]] = {}
        for verified in self.verified:
            for result in verified.results:
                if result.outcome is Outcome.SKIPPED:
                    found.setdefault(_FIRST_REASON.sub("", result.detail), []).append(verified.variant.id)
        return {reason: (len(ids), len(set(ids))) for reason, ids in found.items()}

    def retried(self) -> dict[str, int]:
        """The checks that ran twice because they depend on timing, each with the number of variants."""
        return dict(Counter(result.name for result in self.results if result.tries > 1))

    def repeat_command(self, variant: Variant, result: Result) -> str:
        """The command that repeats one check of a variant."""
        one = replace(self.selection, ids=(variant.id,), shard=Shard())
        only = ["--check", result.name] if result.name not in (RUN, "render") else []
        keep = ["--keep", str(self.options.keep or _KEPT)]
        return shlex.join(["gowright", "matrix", *one.arguments(), *only, *keep])

    def as_dict(self) -> dict[str, Any]:
        """The report as a JSON object."""
        return {
            "selection": _selection(self.selection),
            "passed": self.passed,
            "counts": counts(self.verified) | {"not_run": len(self.not_run())},
            "checks_left_out": bool(self.options.checks),
            "tuples": {"covered": self.covered, "total": self.tuples, "percent": self.percent},
            "checks": {outcome.value: count(self.results, outcome) for outcome in Outcome},
            "skipped": [
                {"reason": reason, "checks": checks, "variants": variants}
                for reason, (checks, variants) in self.skips().items()
            ],
            "retried": self.retried(),
            "seconds": round(self.seconds, 3),
            "variants": [self._variant(verified) for verified in self.verified],
        }

    def _variant(self, verified: Verified) -> dict[str, Any]:
        return {
            **verified.variant.as_dict(),
            "passed": verified.passed,
            "complete": verified.complete,
            "same_as": verified.same_as or None,
            "resumed": verified.resumed,
            "seconds": round(verified.seconds, 3),
            "checks": [
                {**asdict(result), "seconds": round(result.seconds, 3)}
                for result in self._with_repeat_commands(verified)
            ],
        }

    def write_junit(self, path: Path) -> None:
        """Write one JUnit test suite per variant, with one test case per check.

        A variant that wasn't verified counts as a failure.

        Raises:
            OSError: if the file cannot be written.
        """
        suites = [(each.variant, self._with_repeat_commands(each)) for each in self.verified]
        suites += [
            (variant, [self._not_verified(variant, "not run to completion")]) for variant in self.not_run()
        ]
        write_suites(
            path,
            (
                suite(f"{variant.id}: {summary(variant)}", f"matrix.{variant.id}", results)
                for variant, results in suites
            ),
        )

    def _with_repeat_commands(self, verified: Verified) -> list[Result]:
        """The results, with commands that render the variant again as fixes of failures."""
        results = [
            replace(result, fix=self.repeat_command(verified.variant, result)) if result.fix else result
            for result in verified.results
        ]
        skipped_all = not verified.passed and not verified.failed
        why = "all checks were skipped"
        return [*results, self._not_verified(verified.variant, why)] if skipped_all else results

    def _not_verified(self, variant: Variant, why: str) -> Result:
        result = Result(RUN, RUN_TITLE, Outcome.FAILED, 0.0, why)
        return replace(result, fix=self.repeat_command(variant, result))


def summary(variant: Variant) -> str:
    """The choices of a variant, in one line."""
    return " ".join(variant.choices.values())


def counts(verified: Iterable[Verified]) -> dict[str, int]:
    """The number of variants by outcome."""
    every = list(verified)
    return {
        "passed": sum(each.passed for each in every),
        "failed": sum(each.failed for each in every),
        "unverified": sum(not each.passed and not each.failed for each in every),
        "complete": sum(each.complete for each in every),
        "same": sum(bool(each.same_as) for each in every),
        "resumed": sum(each.resumed for each in every),
    }


def listing(selection: Selection, matrix: Matrix) -> dict[str, Any]:
    """The variants as a JSON object, each with the tuples that no variant before it contains."""
    return {
        "selection": _selection(selection),
        "tuples": {"covered": matrix.covered(matrix.variants), "total": len(matrix.tuples.members)},
        "variants": [{**variant.as_dict(), "covers": list(words)} for variant, words in matrix.added()],
    }


def github_matrix(selection: Selection, matrix: Matrix, shards: int) -> dict[str, Any]:
    """Return the value for `strategy.matrix` of a GitHub workflow.

    It contains one job per shard or, without shards, one job per variant.

    Raises:
        BadAnswer: if there are more jobs than GitHub allows.
    """
    if shards:
        parts = [Shard(number, shards) for number in range(1, min(shards, len(matrix.variants)) + 1)]
        jobs = [(f"{part.index} of {part.count}", replace(selection, shard=part)) for part in parts]
    else:
        jobs = [
            (f"{variant.id}: {summary(variant)}", replace(selection, ids=(variant.id,), shard=Shard()))
            for variant in matrix.variants
        ]
    if len(jobs) > _MAX_JOBS:
        raise BadAnswer(
            "too-many-jobs",
            f"{len(jobs)} jobs are too many",
            why=f"GitHub allows at most {_MAX_JOBS} jobs per matrix",
            fix="gowright matrix --output github-matrix --shards 16",
        )
    return {"include": [{"name": name, "arguments": shlex.join(each.arguments())} for name, each in jobs]}


def _selection(selection: Selection) -> dict[str, Any]:
    return {
        "strength": selection.strength,
        "random": selection.number or None,
        "seed": selection.seed if selection.number else None,
        "where": [f"{name}={value}" for name, value in selection.where],
        "variants": list(selection.ids),
        "shard": str(selection.shard),
    }
