"""`gowright check`: whether a project has the newest release."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gowright.model import release
from gowright.model.template import Template
from tests.conftest import Cli


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "go.mod").write_text("module example.com/shop\n")
    return record(tmp_path, f"v{Template.head().release}")


def record(project: Path, commit: str) -> Path:
    (project / ".copier-answers.yml").write_text(f"_commit: {commit}\nproject_name: shop\n")
    return project


def test_a_new_project_is_current(cli: Cli, project: Path) -> None:
    done = cli("check", str(project))
    assert done.code == 0
    assert f"shop has the newest release, {Template.head().release}" in done.out


def test_an_older_project_is_not_current_and_stays_as_it_is(
    cli: Cli, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "recorded", lambda _: ["0.1.0", "0.2.0"])
    before = (record(project, "v0.1.0") / ".copier-answers.yml").read_text()
    done = cli("check", str(project), "--output", "json")
    assert done.code == 1
    assert json.loads(done.out) == {
        "project": "shop",
        "release": "0.1.0",
        "newest": Template.head().release,
        "newer": ["0.2.0", Template.head().release],
        "current": False,
    }
    assert "shop has release 0.1.0; the newest is" in cli("check", str(project)).out
    assert (project / ".copier-answers.yml").read_text() == before


def test_versions_are_compared_by_number(cli: Cli, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "recorded", lambda _: ["0.2.0", "0.10.0"])
    assert json.loads(cli("check", str(record(project, "v0.3.9")), "--output", "json").out)["newer"] == [
        "0.10.0",
        Template.head().release,
    ]


@pytest.mark.parametrize("commit", ["v99.0.0", "v0.100.0"])
def test_a_project_of_a_newer_release_is_refused(cli: Cli, project: Path, commit: str) -> None:
    done = cli("check", str(record(project, commit)))
    assert done.code == 3
    assert "upgrade gowright" in done.err


@pytest.mark.parametrize("commit", ["", "main", "v", "[1]", "1234567"])
def test_an_unknown_release_is_refused(cli: Cli, project: Path, commit: str) -> None:
    done = cli("check", str(record(project, commit)))
    assert done.code == 3
    assert "_commit is not a release" in done.err


def test_a_folder_without_a_project_is_refused(cli: Cli, tmp_path: Path) -> None:
    assert cli("check", str(tmp_path)).code == 3
