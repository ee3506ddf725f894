"""Results and their reports."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from gowright.verify.junit import write_junit
from gowright.verify.result import Outcome, Result, as_dict, passed

PASSED = Result("build", "the program builds", Outcome.PASSED, 1.5)
SKIPPED = Result("lint", "no findings", Outcome.SKIPPED, 0.0, "golangci-lint is not on PATH")
FAILED = Result("crud", "objects live", Outcome.FAILED, 0.25, "GET answered\n500 \x00", "gowright verify")


@pytest.mark.parametrize(
    ("results", "well"),
    [([PASSED], True), ([PASSED, SKIPPED], True), ([PASSED, FAILED], False), ([SKIPPED], False), ([], False)],
)
def test_a_run_passes_if_a_check_passed_and_none_failed(results: list[Result], well: bool) -> None:
    assert passed(results) is well


def test_the_json_report_counts_and_lists() -> None:
    found = as_dict("shop", [PASSED, SKIPPED, FAILED])
    assert found["passed"] is False
    assert found["counts"] == {"passed": 1, "failed": 1, "skipped": 1}
    assert found["seconds"] == 1.75
    assert found["checks"][2]["fix"] == "gowright verify"  # type: ignore[index]


def test_junit_is_always_valid_xml(tmp_path: Path) -> None:
    file = tmp_path / "reports" / "verify.xml"
    write_junit(file, "shop", [PASSED, SKIPPED, FAILED])
    suite = ET.parse(file).getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("3", "1", "1")
    failure = suite.findall("testcase")[2][0]
    assert failure.get("message") == "GET answered"
    assert "fix: gowright verify" in str(failure.text)
