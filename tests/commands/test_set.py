"""`gowright set`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gowright.commands.set import set_answers
from gowright.errors import ToolError
from gowright.model.template import Template
from tests.commands.conftest import MakeProject
from tests.conftest import Cli
from tests.helpers import contents
from tests.projects import git, identify, save


@pytest.fixture
def project(cli: Cli, older: Template, toy: Template, make_project: MakeProject) -> Path:
    return make_project(toy)


def test_off_and_on_again_gives_the_original(cli: Cli, project: Path) -> None:
    before = contents(project)
    assert cli("set", "lid=none", "color=green", "-C", "shop", "--commit").code == 0
    assert not (project / "lid").exists()
    assert "set lid=none color=green with gowright" in git(project, "log", "-1", "--format=%s")
    done = cli("set", "lid=lid", "color=red", "--commit", "--output", "json")
    assert json.loads(done.out)["answers"]["lid"] == {"from": "none", "to": "lid"}
    assert contents(project) == before


def test_own_files_beside_removed_ones_are_named(cli: Cli, project: Path) -> None:
    save(project, {"lid/mine.txt": "mine\n", "lid/deep/mine.txt": "mine\n"})
    done = cli("set", "lid=none", "-C", "shop")
    assert "lid/mine.txt  yours; the template's files in this folder are removed" in done.out
    assert Path("lid/mine.txt").exists()


def test_a_description_can_be_set(cli: Cli, project: Path) -> None:
    assert cli("set", 'description=It\'s = "new": yes', "-C", "shop").code == 0
    assert 'It\'s = "new": yes' in (project / "README.md").read_text()


def test_a_project_of_an_older_release_keeps_it(
    cli: Cli, older: Template, make_project: MakeProject, tmp_path: Path
) -> None:
    project = make_project(older)
    assert cli("set", "color=green", "-C", "shop").code == 0
    assert (project / "README.md").read_text() == "shop was green.\n\nOld end.\n"


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("lid", "lid is not FEATURE=CHOICE"),
        ("=x", "=x is not FEATURE=CHOICE"),
        ("lip=none", "did you mean lid?"),
        ("lid=non", "write lid=none"),
        ("lid=", "an empty value is not a choice of lid"),
        ("_commit=v1", "_commit is not a feature"),
        ("project_name=x", "project_name can't be changed"),
        ("module_path=example.com/x", "module_path can't be changed"),
        ("resources=[]", "gowright add resource"),
        ("lid=none\n", "not a choice"),
    ],
)
def test_bad_assignments_are_refused(cli: Cli, project: Path, assignment: str, message: str) -> None:
    before = contents(project)
    done = cli("set", assignment, "-C", "shop")
    assert done.code == 2
    assert message in done.err
    assert contents(project) == before


def test_one_feature_has_one_choice(cli: Cli, project: Path) -> None:
    assert "given twice" in cli("set", "lid=none", "lid=lid", "-C", "shop").err


def test_a_folder_without_a_project_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="is not a generated project"):
        set_answers(tmp_path, ["lid=none"])


@pytest.mark.slow
def test_choices_of_the_real_template_are_changed_and_changed_back(
    head: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOWRIGHT_TEMPLATE", str(head.root))
    project = tmp_path / "shop"
    head.render({"project_name": "shop"}, project)
    git(project, "init", "--quiet")
    identify(project)
    save(project)
    before = contents(project)
    for feature in head.features():
        for value in feature.values:
            if value != feature.default and feature.name not in ("database", "auth"):
                for assignment in (f"{feature.name}={value}", f"{feature.name}={feature.default}"):
                    assert not set_answers(project, [assignment]).conflicts
                    save(project)
                assert contents(project) == before, f"{feature.name}={value} and back"
