"""What a run of the matrix found, and the documents that say so."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from gowright.errors import BadAnswer
from gowright.matrix.runner import Proved
from gowright.matrix.variants import Matrix, Selection, Shard, Variant
from gowright.verify.report import Outcome, Result, count, suite, write_suites

#: Where projects are kept when a failure is repeated.
_KEPT = "build/matrix"

#: The checks that neither boot nor test the service.
STATIC = ("format", "tidy", "build", "vet", "lint")

#: A check that shares something with another one names that before the reason.
_FIRST_REASON = re.compile(r"^needs the \w+: ")

#: GitHub runs no more jobs of one matrix.
_MOST_JOBS = 256


@dataclass(frozen=True)
class Report:
    """A run: what was wanted, what was proved, and how long it took."""

    selection: Selection
    matrix: Matrix
    proved: tuple[Proved, ...]
    seconds: float
    keep: Path | None = None

    @property
    def results(self) -> tuple[Result, ...]:
        """What every check found."""
        return tuple(result for proved in self.proved for result in proved.results)

    @property
    def passed(self) -> bool:
        """Whether every variant was proved."""
        return len(self.proved) == len(self.matrix.variants) and all(each.passed for each in self.proved)

    @property
    def covered(self) -> int:
        """How many tuples of choices are proved: those of variants that passed."""
        return self.matrix.held(each.variant for each in self.proved if each.passed)

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

    def failures(self) -> Iterator[tuple[Proved, Result, str]]:
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

    def again(self, variant: Variant, result: Result) -> str:
        """The command that repeats one check of a variant."""
        one = replace(self.selection, ids=(variant.id,), shard=Shard())
        only = ["--check", result.name] if result.name not in ("proof", "render") else []
        keep = ["--keep", str(self.keep or _KEPT)]
        return shlex.join(["gowright", "matrix", *one.arguments(), *only, *keep])

    def document(self) -> dict[str, Any]:
        """The report as one JSON document."""
        return {
            "selection": _selection(self.selection),
            "passed": self.passed,
            "counts": counts(self.proved) | {"left": len(self.left())},
            "tuples": {"covered": self.covered, "total": self.tuples, "percent": self.percent},
            "checks": {outcome.value: count(self.results, outcome) for outcome in Outcome},
            "skipped": [
                {"reason": reason, "checks": checks, "variants": variants}
                for reason, (checks, variants) in self.skips().items()
            ],
            "seconds": round(self.seconds, 3),
            "variants": [self._proved(proved) for proved in self.proved],
        }

    def _proved(self, proved: Proved) -> dict[str, Any]:
        return {
            **proved.variant.document(),
            "passed": proved.passed,
            "same_as": proved.same_as or None,
            "resumed": proved.resumed,
            "seconds": round(proved.seconds, 3),
            "checks": [
                {**asdict(result), "seconds": round(result.seconds, 3)} for result in self._mended(proved)
            ],
        }

    def write_junit(self, path: Path) -> None:
        """Write one JUnit test suite per variant, with a case per check."""
        write_suites(
            path,
            (
                suite(
                    f"{each.variant.id}: {said(each.variant)}",
                    f"matrix.{each.variant.id}",
                    self._mended(each),
                )
                for each in self.proved
            ),
        )

    def _mended(self, proved: Proved) -> list[Result]:
        """The results, where what failed is repeated by a command that renders the variant again."""
        return [
            replace(result, fix=self.again(proved.variant, result)) if result.fix else result
            for result in proved.results
        ]


def said(variant: Variant) -> str:
    """A variant in a few words: its choices that are something."""
    return " ".join(variant.choices.values())


def counts(proved: Iterable[Proved]) -> dict[str, int]:
    """How many variants ended how."""
    every = list(proved)
    return {
        "passed": sum(each.passed for each in every),
        "failed": sum(not each.passed for each in every),
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
        "only": [f"{name}={value}" for name, value in selection.only],
        "variants": list(selection.ids),
        "shard": str(selection.shard),
    }
