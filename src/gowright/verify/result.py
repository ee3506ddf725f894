"""What a check found, and the documents that say so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from xml.etree import ElementTree as ET


class Outcome(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class Failed(Exception):
    """A check found something wrong; the message says what."""

    def __init__(self, detail: str, fix: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.fix = fix


class Skipped(Exception):
    """A check cannot run here; the message says why."""


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


def document(project: str, results: Sequence[Result]) -> dict[str, object]:
    """The results as one JSON document."""
    return {
        "project": project,
        "passed": passed(results),
        "counts": {outcome.value: count(results, outcome) for outcome in Outcome},
        "seconds": round(sum(result.seconds for result in results), 3),
        "checks": [{**asdict(result), "seconds": round(result.seconds, 3)} for result in results],
    }


def write_junit(path: Path, project: str, results: Sequence[Result]) -> None:
    """Write the results as one JUnit test suite, as CI systems read it."""
    write_suites(path, [suite(f"gowright verify {project}", project, results)])


def suite(name: str, project: str, results: Sequence[Result]) -> ET.Element:
    """The results as one JUnit test suite, with a case for each."""
    element = ET.Element(
        "testsuite",
        name=name,
        tests=str(len(results)),
        failures=str(count(results, Outcome.FAILED)),
        errors="0",
        skipped=str(count(results, Outcome.SKIPPED)),
        time=_seconds(sum(result.seconds for result in results)),
    )
    for result in results:
        element.append(_case(project, result))
    return element


def write_suites(path: Path, suites: Iterable[ET.Element]) -> None:
    """Write JUnit test suites as one file."""
    root = ET.Element("testsuites")
    root.extend(suites)
    ET.indent(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _case(project: str, result: Result) -> ET.Element:
    case = ET.Element("testcase", classname=project, name=result.name, time=_seconds(result.seconds))
    if result.outcome is Outcome.FAILED:
        failure = ET.SubElement(case, "failure", message=_text(result.detail.partition("\n")[0]))
        failure.text = _text(f"{result.detail}\n\nfix: {result.fix}")
    elif result.outcome is Outcome.SKIPPED:
        ET.SubElement(case, "skipped", message=_text(result.detail))
    return case


def _seconds(value: float) -> str:
    return f"{value:.3f}"


def _text(value: str) -> str:
    # XML 1.0 has no way to write most control characters.
    return "".join(
        c if c in "\t\n" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff" else "?"
        for c in value
    )
