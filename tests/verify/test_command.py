"""`gowright verify`, with proofs that cost nothing."""

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
def proof(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[Harness], str]]:
    """What the checks of a proof of nothing do, one after the other."""
    runs: list[Callable[[Harness], str]] = []

    def prepare(project: Path, **_: object) -> Verification:
        checks = tuple(Check(f"check-{number}", "", run) for number, run in enumerate(runs))
        return Verification(Project(project, {"project_name": "shop"}, ()), checks, Go(Path("go"), (1, 26)))

    monkeypatch.setattr(verify, "prepare", prepare)
    return runs


def test_an_unwritable_report_is_rejected_before_the_first_check(
    cli: Cli, proof: list[Callable[[Harness], str]]
) -> None:
    proved: list[str] = []

    def note(_: Harness) -> str:
        proved.append("it")
        return ""

    proof.append(note)
    Path("file").touch()
    said = cli("verify", "--junit", "file/v.xml", "-o", "json")
    assert (said.code, json.loads(said.out)["error"]["code"]) == (3, "cannot-write")
    assert proved == []


def test_an_interrupted_run_reports_its_results(cli: Cli, proof: list[Callable[[Harness], str]]) -> None:
    def interrupt(_: Harness) -> str:
        raise KeyboardInterrupt

    proof += [lambda _: "well", interrupt]
    assert cli("verify", "--junit", "v.xml").code == 130
    assert [case.get("name") for case in ET.parse("v.xml").getroot().iter("testcase")] == ["check-0"]
