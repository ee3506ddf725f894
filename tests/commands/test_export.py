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
    # Flags are those of the package's template; answers of a fork's own questions come from a file.
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
