"""Results as JUnit XML, for CI systems."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from gowright.verify.result import Outcome, Result, count


def write_junit(path: Path, project: str, results: Sequence[Result]) -> None:
    """Write the results as one JUnit test suite."""
    write_suites(path, [suite(f"gowright verify {project}", project, results)])


def suite(name: str, project: str, results: Sequence[Result]) -> ET.Element:
    """The results as one JUnit test suite, with one test case per result."""
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
    """Write JUnit test suites to one file."""
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
    # XML 1.0 can't represent most control characters.
    return "".join(
        c if c in "\t\n" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff" else "?"
        for c in value
    )
