from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from gowright import verify
from gowright.verify.result import Outcome, Result
from tests.conftest import Cli

RESULTS = [
    Result("format", "gofmt has nothing to change", Outcome.PASSED, 0.1, "88 files"),
    Result("lint", "the linter finds nothing", Outcome.SKIPPED, 0.0, "golangci-lint is not on PATH"),
    Result(
        "build", "the program builds", Outcome.FAILED, 2.0, "main.go:1: [oops]\nand more", "go build ./..."
    ),
]


@dataclass
class FakeVerification:
    closed: bool = False

    project = SimpleNamespace(name="shop")
    checks = (
        *(SimpleNamespace(name=r.name, title=r.title) for r in RESULTS),
        SimpleNamespace(name="x", title="X"),
    )

    def results(self, *, keep_going: bool, progress: Callable[[str], None]) -> Iterator[Result]:
        progress("downloading a server")
        try:
            yield from RESULTS
            if keep_going:
                yield Result("x", "X", Outcome.PASSED, 1.0)
        finally:
            self.closed = True


@pytest.fixture
def verification(monkeypatch: pytest.MonkeyPatch) -> FakeVerification:
    fake = FakeVerification()
    monkeypatch.setattr(verify, "prepare", lambda _project, *, checks: fake)
    return fake


def test_verify_shows_a_line_per_check_and_the_fix_of_what_fails(
    cli: Cli, verification: FakeVerification
) -> None:
    result = cli("verify")
    assert result.code == 1
    assert result.out.splitlines() == [
        "  passed     0.1 s  format  gofmt has nothing to change (88 files)",
        "  skipped    0.0 s  lint    the linter finds nothing (golangci-lint is not on PATH)",
        "  failed     2.0 s  build   the program builds",
        "                    main.go:1: [oops]",
        "                    and more",
        "                    fix: go build ./...",
        "",
        "  1 passed, 1 failed, 1 skipped in 2 s",
    ]
    assert result.err == "  1 not run; to run all checks, use --keep-going\n"
    assert verification.closed


def test_verify_prints_json_and_junit(cli: Cli, verification: FakeVerification) -> None:
    result = cli("verify", "-o", "json", "--junit", "report.xml", "--keep-going")
    report: dict[str, Any] = json.loads(result.out)
    assert (result.code, report["passed"], len(report["checks"])) == (1, False, 4)
    suite = ET.parse("report.xml").getroot()
    assert suite[0].get("tests") == "4"


def test_an_unwritable_report_is_one_error(cli: Cli, verification: FakeVerification) -> None:
    Path("taken").touch()
    result = cli("verify", "--junit", "taken/report.xml")
    assert result.code == 3
    assert "cannot write taken/report.xml" in result.err


def test_applicable_checks_are_listed(cli: Cli, verification: FakeVerification) -> None:
    assert json.loads(cli("verify", "--list", "-o", "json").out)["checks"][0]["name"] == "format"
    assert "gofmt has nothing to change" in cli("verify", "--list").out


def test_an_interrupted_verification_is_stopped(
    cli: Cli, verification: FakeVerification, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gowright import console

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(console, "_result", interrupted)
    assert cli("verify").code == 130
    assert verification.closed
