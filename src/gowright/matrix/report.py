"""What a run of the matrix found, and the documents that say so."""

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
from gowright.matrix.variants import Matrix, Selection, Shard, Variant
from gowright.verify.junit import suite, write_suites
from gowright.verify.result import Outcome, Result, count

#: Where projects are kept when a failure is repeated.
_KEPT = "build/matrix"

#: A variant that shares the proof of another names that before the reason, and so does a check that shares something.
_FIRST_REASON = re.compile(r"^(as \S+: )?(needs the \w+: )?")

#: GitHub runs no more jobs of one matrix.
_MOST_JOBS = 256


@dataclass(frozen=True)
class Report:
    """A run: what was wanted, what was proved, and how long it took."""

    selection: Selection
    matrix: Matrix
    proved: tuple[Verified, ...]
    seconds: float
    options: RunOptions = field(default_factory=RunOptions)

    @property
    def results(self) -> tuple[Result, ...]:
        """What every check found."""
        return tuple(result for proved in self.proved for result in proved.results)

    @property
    def passed(self) -> bool:
        """Whether every variant was proved; strictly, with nothing skipped."""
        well = (each.whole if self.options.strict else each.passed for each in self.proved)
        return len(self.proved) == len(self.matrix.variants) and all(well)

    @property
    def covered(self) -> int:
        """How many tuples of choices are proved: those of variants of which no check was skipped or left out."""
        whole = (each.variant for each in self.proved if each.whole)
        return 0 if self.options.checks else self.matrix.held(whole)

    @property
    def tuples(self) -> int:
        """How many tuples of choices there are."""
        return len(self.matrix.tuples.members)

    @property
    def percent(self) -> int:
        """The part of them that is proved; 100 only when none is missing."""
        return 100 * self.covered // self.tuples

    def left(self) -> tuple[Variant, ...]:
        """The variants that were not proved to their end."""
        ended = {proved.variant.id for proved in self.proved}
        return tuple(variant for variant in self.matrix.variants if variant.id not in ended)

    def failures(self) -> Iterator[tuple[Verified, Result, str]]:
        """Each result that failed, with the one command that repeats it."""
        for proved in self.proved:
            for result in proved.results:
                if result.outcome is Outcome.FAILED:
                    yield proved, result, self.again(proved.variant, result)

    def skips(self) -> dict[str, tuple[int, int]]:
        """Why checks were skipped: each reason with how many checks it kept from running, in how many variants."""
        found: dict[str, list[str]] = {}
        for proved in self.proved:
            for result in proved.results:
                if result.outcome is Outcome.SKIPPED:
                    found.setdefault(_FIRST_REASON.sub("", result.detail), []).append(proved.variant.id)
        return {reason: (len(ids), len(set(ids))) for reason, ids in found.items()}

    def retried(self) -> dict[str, int]:
        """The checks that were made twice, as they watch the clock, each with in how many variants."""
        return dict(Counter(result.name for result in self.results if result.tries > 1))

    def again(self, variant: Variant, result: Result) -> str:
        """The command that repeats one check of a variant."""
        one = replace(self.selection, ids=(variant.id,), shard=Shard())
        only = ["--check", result.name] if result.name not in ("proof", "render") else []
        keep = ["--keep", str(self.options.keep or _KEPT)]
        return shlex.join(["gowright", "matrix", *one.arguments(), *only, *keep])

    def document(self) -> dict[str, Any]:
        """The report as one JSON document."""
        return {
            "selection": _selection(self.selection),
            "passed": self.passed,
            "counts": counts(self.proved) | {"left": len(self.left())},
            "checks_left_out": bool(self.options.checks),
            "tuples": {"covered": self.covered, "total": self.tuples, "percent": self.percent},
            "checks": {outcome.value: count(self.results, outcome) for outcome in Outcome},
            "skipped": [
                {"reason": reason, "checks": checks, "variants": variants}
                for reason, (checks, variants) in self.skips().items()
            ],
            "retried": self.retried(),
            "seconds": round(self.seconds, 3),
            "variants": [self._proved(proved) for proved in self.proved],
        }

    def _proved(self, proved: Verified) -> dict[str, Any]:
        return {
            **proved.variant.document(),
            "passed": proved.passed,
            "whole": proved.whole,
            "same_as": proved.same_as or None,
            "resumed": proved.resumed,
            "seconds": round(proved.seconds, 3),
            "checks": [
                {**asdict(result), "seconds": round(result.seconds, 3)} for result in self._mended(proved)
            ],
        }

    def write_junit(self, path: Path) -> None:
        """Write one JUnit test suite per variant, with a case per check; what was not proved is a failure."""
        suites = [(each.variant, self._mended(each)) for each in self.proved]
        suites += [
            (variant, [self._unproved(variant, "it was not run to its end")]) for variant in self.left()
        ]
        write_suites(
            path,
            (
                suite(f"{variant.id}: {said(variant)}", f"matrix.{variant.id}", results)
                for variant, results in suites
            ),
        )

    def _mended(self, proved: Verified) -> list[Result]:
        """The results, where what failed is repeated by a command that renders the variant again."""
        mended = [
            replace(result, fix=self.again(proved.variant, result)) if result.fix else result
            for result in proved.results
        ]
        skipped_all = not proved.passed and not proved.failed
        why = "every check was skipped"
        return [*mended, self._unproved(proved.variant, why)] if skipped_all else mended

    def _unproved(self, variant: Variant, why: str) -> Result:
        result = Result("proof", "the proof runs to its end", Outcome.FAILED, 0.0, why)
        return replace(result, fix=self.again(variant, result))


def said(variant: Variant) -> str:
    """A variant in a few words: its choices that are something."""
    return " ".join(variant.choices.values())


def counts(proved: Iterable[Verified]) -> dict[str, int]:
    """How many variants ended how."""
    every = list(proved)
    return {
        "passed": sum(each.passed for each in every),
        "failed": sum(each.failed for each in every),
        "unproved": sum(not each.passed and not each.failed for each in every),
        "whole": sum(each.whole for each in every),
        "same": sum(bool(each.same_as) for each in every),
        "resumed": sum(each.resumed for each in every),
    }


def listing(selection: Selection, matrix: Matrix) -> dict[str, Any]:
    """The variants as one JSON document, each with the tuples that none before it holds."""
    return {
        "selection": _selection(selection),
        "tuples": {"covered": matrix.held(matrix.variants), "total": len(matrix.tuples.members)},
        "variants": [{**variant.document(), "covers": list(words)} for variant, words in matrix.added()],
    }


def github_matrix(selection: Selection, matrix: Matrix, shards: int) -> dict[str, Any]:
    """A document for `strategy.matrix` of a GitHub workflow: a job per shard, or else per variant."""
    if shards:
        parts = [Shard(number, shards) for number in range(1, min(shards, len(matrix.variants)) + 1)]
        jobs = [(f"{part.index} of {part.count}", replace(selection, shard=part)) for part in parts]
    else:
        jobs = [
            (f"{variant.id}: {said(variant)}", replace(selection, ids=(variant.id,), shard=Shard()))
            for variant in matrix.variants
        ]
    if len(jobs) > _MOST_JOBS:
        raise BadAnswer(
            "too-many-jobs",
            f"GitHub runs at most {_MOST_JOBS} jobs of one matrix, and these are {len(jobs)}",
            fix="gowright matrix --output github-matrix --shards 16",
        )
    return {"include": [{"name": name, "arguments": shlex.join(each.arguments())} for name, each in jobs]}


def _selection(selection: Selection) -> dict[str, Any]:
    return {
        "strength": selection.strength,
        "random": selection.number or None,
        "seed": selection.seed if selection.number else None,
        "only": [f"{name}={value}" for name, value in selection.where],
        "variants": list(selection.ids),
        "shard": str(selection.shard),
    }
