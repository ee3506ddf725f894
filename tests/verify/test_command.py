"""`gowright verify` with fake checks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from gowright import verify
from gowright.model.project import Project
from gowright.verify.check import Check
from gowright.verify.children.go_toolchain import Go
from gowright.verify.harness.harness import Harness
from gowright.verify.runner import Verification
from tests.conftest import Cli


@pytest.fixture
def checks_to_run(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[Harness], str]]:
    """The functions of the fake checks, in order. Tests add to the list."""
    runs: list[Callable[[Harness], str]] = []

    def prepare(project: Path, **_: object) -> Verification:
        checks = tuple(Check(f"check-{number}", "", run) for number, run in enumerate(runs))
        return Verification(Project(project, {"project_name": "shop"}, ()), checks, Go(Path("go"), (1, 26)))

    monkeypatch.setattr(verify, "prepare", prepare)
    return runs


def test_an_unwritable_report_is_rejected_before_the_first_check(
    cli: Cli, checks_to_run: list[Callable[[Harness], str]]
) -> None:
    called: list[str] = []

    def note(_: Harness) -> str:
        called.append("it")
        return ""

    checks_to_run.append(note)
    Path("file").touch()
    result = cli("verify", "--junit", "file/v.xml", "-o", "json")
    assert (result.code, json.loads(result.out)["error"]["code"]) == (3, "cannot-write")
    assert called == []


def test_an_interrupted_run_reports_its_results(
    cli: Cli, checks_to_run: list[Callable[[Harness], str]]
) -> None:
    def interrupt(_: Harness) -> str:
        raise KeyboardInterrupt

    checks_to_run += [lambda _: "well", interrupt]
    assert cli("verify", "--junit", "v.xml").code == 130
    assert [case.get("name") for case in ET.parse("v.xml").getroot().iter("testcase")] == ["check-0"]
