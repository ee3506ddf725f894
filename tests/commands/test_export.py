"""`gowright template export`, and templates in repositories of a team."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gowright import __version__
from gowright.model.template import Template
from tests.commands.conftest import OLDER
from tests.conftest import Cli
from tests.projects import git, identify, save


@pytest.fixture
def exported(cli: Cli, older: Template, tmp_path: Path) -> Path:
    done = cli("template", "export", str(tmp_path / "fork"), "--output", "json")
    assert done.code == 0
    assert json.loads(done.out)["releases"] == [f"v{OLDER}", f"v{__version__}"]
    return tmp_path / "fork"


def test_each_release_is_a_tag(exported: Path) -> None:
    assert git(exported, "tag").split() == [f"v{OLDER}", f"v{__version__}"]
    assert not git(exported, "status", "--porcelain")
    assert "was" in git(exported, "show", f"v{OLDER}:template/README.md.jinja")
    assert "is" in (exported / "template" / "README.md.jinja").read_text()


def test_a_later_export_has_the_same_commits(cli: Cli, exported: Path, tmp_path: Path) -> None:
    assert "push" in cli("template", "export", str(tmp_path / "again")).out
    assert git(tmp_path / "again", "rev-parse", "main") == git(exported, "rev-parse", "main")


def test_a_folder_with_files_is_refused(cli: Cli, exported: Path) -> None:
    assert cli("template", "export", str(exported)).code == 3


def test_a_fork_with_releases_of_its_own(cli: Cli, exported: Path) -> None:
    Path("answers.yml").write_text("color: green\n")
    done = cli("new", "shop", "--template", str(exported), "--answers", "answers.yml", "--no-input")
    assert done.code == 0, done.err
    project = Path("shop")
    identify(project)
    answers = (project / ".copier-answers.yml").read_text()
    assert f"_commit: v{__version__}\n_src_path: {exported}\n" in answers
    identify(exported)
    save(
        exported,
        {"template/README.md.jinja": "[[ project_name ]] of our team\n", "template/ours.txt": "ours\n"},
    )
    git(exported, "tag", "v100.0.0")
    stale = cli("check", "shop", "--remote", "recorded", "--output", "json")
    assert stale.code == 1
    assert json.loads(stale.out)["newest"] == "100.0.0"
    assert cli("check", "shop").code == 1
    assert cli("update", "-C", "shop", "--commit").code == 0
    assert Path("README.md").read_text() == "shop of our team\n"
    assert Path("ours.txt").exists()
    assert cli("check").code == 0


OWN_QUESTIONS = """\
---
team: {type: str, help: Which team?}
port: {type: int, default: 8080}
paged: {type: bool, default: false}
regions: {type: str, multiselect: true, choices: [eu, us], default: [eu]}
tier: {type: str, choices: {Gold: gold, Silver: silver}, default: silver, validator: "[% if team == 'x' %]no[% endif %]"}
size: {type: str, choices: {Small: small, Big: big}, default: small}
"""


@pytest.fixture
def fork(exported: Path) -> Path:
    """A fork whose newest release asks questions of all kinds."""
    identify(exported)
    copier_yml = exported / "copier.yml"
    readme = "[[ project_name ]] of [[ team ]] at [[ port + 1 ]][% if paged %], paged[% endif %] in [[ regions|join('+') ]]\n"
    save(exported, {"copier.yml": copier_yml.read_text() + OWN_QUESTIONS, "template/README.md.jinja": readme})
    git(exported, "tag", "v100.0.0")
    return exported


def test_questions_of_a_fork_are_answered_on_the_command_line(cli: Cli, fork: Path) -> None:
    data = ["team=payments", "port=9000", "paged=yes", "regions=[us]", "size=big", "color=green"]
    flags = [flag for each in data for flag in ("--data", each)]
    done = cli("new", "shop", "--template", str(fork), "--no-input", *flags)
    assert done.code == 0, done.err
    project = Path("shop")
    assert (project / "README.md").read_text() == "shop of payments at 9001, paged in us\n"
    answers = (project / ".copier-answers.yml").read_text()
    assert "\nport: 9000\n" in answers
    assert "\npaged: true\n" in answers
    assert "\ncolor: green\n" in answers
    identify(project)
    done = cli("set", "paged=false", "port=80", "-C", "shop", "--commit")
    assert done.code == 0, done.err
    assert Path("README.md").read_text() == "shop of payments at 81 in us\n"
    save(Path(), {})
    file = Path(".copier-answers.yml")
    file.write_text(file.read_text().replace("team: payments", "team: billing"))
    assert cli("apply").code == 0
    assert Path("README.md").read_text() == "shop of billing at 81 in us\n"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (["tema=x"], "did you mean team?"),
        (["team"], "team is not --data NAME=VALUE"),
        (["team=x", "team=y"], "team is given twice"),
        (["team=x", "port=many"], "--data port: many is not a number"),
        (["team=x", "paged=perhaps"], "--data paged: perhaps is not a boolean"),
        (["team=x", "regions=[asia]"], "choices are eu, us"),
        (["team=x", "regions=eu"], "is not a list"),
        (["team=x", "size=large"], "--data size: large is not a choice"),
        (["team=x", "tier=gold"], "the answer to tier does not fit the other answers"),
        (["team=x", "resources=[]"], "pass --resource"),
        ([], "pass --data team=VALUE"),
    ],
)
def test_bad_answers_to_questions_of_a_fork_are_refused(
    cli: Cli, fork: Path, data: list[str], message: str
) -> None:
    flags = [flag for each in data for flag in ("--data", each)]
    done = cli("new", "shop", "--template", str(fork), "--no-input", *flags)
    assert done.code == 2
    assert message in done.err
    assert not Path("shop").exists()


def test_a_flag_and_data_are_not_mixed(cli: Cli, older: Template) -> None:
    done = cli("new", "shop", "--no-input", "--description", "x", "--data", "description=y")
    assert done.code == 2
    assert "description is given twice" in done.err


def test_an_update_answers_a_new_question(cli: Cli, exported: Path, fork: Path) -> None:
    git(exported, "tag", "--delete", "v100.0.0")
    assert cli("new", "shop", "--template", str(exported), "--no-input").code == 0
    git(exported, "tag", "v100.0.0")
    identify(Path("shop"))
    save(Path("shop"))
    missing = cli("update", "-C", "shop")
    assert missing.code == 2
    assert "the question team has no answer" in missing.err
    assert "--data team=VALUE" in missing.err
    for data, message in (
        ("tema=x", "did you mean team?"),
        ("project_name=x", "project_name can't be changed"),
        ("port=x", "port: x is not a number"),
    ):
        refused = cli("update", "--data", data)
        assert refused.code == 2
        assert message in refused.err
    assert cli("update", "--data", "team=payments", "--commit").code == 0
    assert Path("README.md").read_text() == "shop of payments at 8081 in eu\n"


def test_a_project_of_the_package_moves_to_a_fork(cli: Cli, exported: Path, older: Template) -> None:
    assert cli("new", "shop", "--no-input").code == 0
    answers = Path("shop/.copier-answers.yml")
    identify(Path("shop"))
    text = answers.read_text()
    source = next(line for line in text.splitlines() if line.startswith("_src_path"))
    save(Path("shop"), {".copier-answers.yml": text.replace(source, f"_src_path: {exported}")})
    assert cli("set", "color=green", "-C", "shop").code == 0
    assert f"_src_path: {exported}" in Path(".copier-answers.yml").read_text()


def test_the_tags_of_another_repository_can_be_compared(cli: Cli, exported: Path) -> None:
    cli("new", "shop", "--no-input")
    assert cli("check", "shop", "--remote", str(exported)).code == 0
    git(exported, "tag", "v100.0.0")
    assert cli("check", "shop", "--remote", str(exported)).code == 1
    assert cli("check", "shop", "--remote", "/missing").code == 3
