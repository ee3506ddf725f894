"""How a proof looks: a line per check as it ends, and on a terminal what runs now."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from gowright import console
from gowright.errors import Exit, cannot_write
from gowright.verify.report import Outcome, Result, count, document, passed, write_junit
from gowright.verify.proof import Proof, prepare

_STYLES = {Outcome.PASSED: "green", Outcome.FAILED: "bold red", Outcome.SKIPPED: "yellow"}
_INDENT = " " * 11


def verify(
    project: Path,
    *,
    only: Sequence[str] = (),
    keep_going: bool = False,
    junit: Path | None = None,
    json: bool = False,
) -> Exit:
    """Prove a project, show how it goes, and write the reports."""
    proof = prepare(project, only=only)
    results = _run(proof, keep_going, json)
    if junit:
        _write(junit, proof, results)
    if json:
        console.document(document(proof.subject.name, results))
    _summary(proof, results)
    return Exit.DONE if passed(results) else Exit.NO


def list_checks(project: Path, *, json: bool = False) -> None:
    """Show the checks that apply to a project."""
    checks = prepare(project).checks
    if json:
        console.document({"checks": [{"name": c.name, "title": c.title} for c in checks]})
        return
    width = max(len(check.name) for check in checks)
    for check in checks:
        console.out.print(check.name.ljust(width), style="bold", end="  ")
        console.out.print(check.title)


def _run(proof: Proof, keep_going: bool, json: bool) -> list[Result]:
    results: list[Result] = []
    width = max((len(check.name) for check in proof.checks), default=0)
    with contextlib.closing(proof.results(keep_going=keep_going)) as running:
        while (result := _next(running, proof, len(results))) is not None:
            results.append(result)
            if not json:
                _line(result, width)
    return results


def _next(running: Iterator[Result], proof: Proof, ended: int) -> Result | None:
    """Wait for the next result, and show on a terminal what is waited for."""
    if ended == len(proof.checks):
        return next(running, None)
    check = proof.checks[ended]
    with console.working(f"{ended + 1}/{len(proof.checks)} {check.name}: {check.title}"):
        return next(running, None)


def _line(result: Result, width: int) -> None:
    """One line; below a failure what was found, and the way to see it again."""
    console.out.print(f"{result.outcome:8}", style=_STYLES[result.outcome], end="")
    console.out.print(f"{result.seconds:6.1f} s  {result.name:{width}}  {result.title}", end="")
    if result.outcome is not Outcome.FAILED:
        console.out.print(f" ({result.detail})" if result.detail else "", style="dim")
        return
    console.out.print()
    for line in result.detail.splitlines():
        console.out.print(f"{_INDENT}{line}")
    console.out.print(f"{_INDENT}fix: ", style="green", end="")
    console.out.print(result.fix)


def _summary(proof: Proof, results: Sequence[Result]) -> None:
    counted = [(number, outcome) for outcome in Outcome if (number := count(results, outcome))]
    said = " · ".join(f"{number} {outcome}" for number, outcome in counted)
    seconds = sum(result.seconds for result in results)
    style = "green" if passed(results) else "bold red"
    console.err.print(f"{proof.subject.name}: {said} in {seconds:.1f} s", style=style)
    if left := len(proof.checks) - len(results):
        console.err.print(f"{left} checks were not run: --keep-going runs them all")


def _write(file: Path, proof: Proof, results: Sequence[Result]) -> None:
    try:
        write_junit(file, proof.subject.name, results)
    except OSError as error:
        raise cannot_write(file, error) from error
