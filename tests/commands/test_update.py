"""`gowright update`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import gowright
from gowright.model.template import Template
from tests.commands.conftest import OLDER, MakeProject
from tests.conftest import Cli
from tests.helpers import contents
from tests.projects import COPIER_YML, FILES, git, save
from tests.projects import Template as OtherTemplate

HEAD = gowright.__version__


@pytest.fixture
def project(cli: Cli, older: Template, make_project: MakeProject) -> Path:
    return make_project(older)


def test_an_update_gives_what_new_gives(cli: Cli, project: Path, toy: Template, tmp_path: Path) -> None:
    done = cli("update", "-C", "shop")
    assert done.code == 0
    toy.render({"project_name": "shop"}, tmp_path / "fresh")
    now = contents(project)
    del now["go.mod"]
    assert now == contents(tmp_path / "fresh")
    assert f"shop: release {OLDER} -> {HEAD}" in done.out
    assert "removed (1)\n  gone.txt" in done.out
    assert "git -C shop diff HEAD" in done.out
    assert "git -C shop reset --hard" in done.out


def test_a_second_update_changes_nothing(cli: Cli, project: Path) -> None:
    cli("update", "-C", "shop", "--commit")
    done = cli("update", "--output", "json")
    assert done.code == 0
    assert json.loads(done.out)["files"] == []
    assert "Nothing to change" in cli("update").out


def test_a_conflict_has_its_own_exit_code(cli: Cli, project: Path) -> None:
    save(project, {"README.md": "mine\n"})
    done = cli("update", "-C", "shop", "--commit", "-o", "json")
    assert done.code == 4
    ledger = json.loads(done.out)
    assert ledger["conflicts"] == ["README.md"]
    assert not ledger["committed"]
    text = (project / "README.md").read_text()
    assert f"<<<<<<< yours\nmine\n||||||| gowright {OLDER}\n" in text
    assert text.endswith(f">>>>>>> gowright {HEAD}\n")
    assert git(project, "diff", "--name-only", "--diff-filter=U").split() == ["README.md"]
    assert cli("update").code == 3


def test_a_dry_run_shows_the_diff(cli: Cli, project: Path) -> None:
    done = cli("update", "-C", "shop", "--dry-run", "--diff")
    assert done.code == 0
    assert "-shop was red." in done.out
    assert "nothing was written" in done.err
    assert not git(project, "status", "--porcelain")


def test_a_commit_names_the_releases(cli: Cli, project: Path) -> None:
    before = git(project, "rev-parse", "HEAD")
    done = cli("update", "-C", "shop", "--commit", "--output", "json")
    assert done.code == 0
    assert f"chore: update from gowright {OLDER} to {HEAD}" in git(project, "log", "-1", "--format=%B")
    assert not git(project, "status", "--porcelain")
    ledger = json.loads(done.out)
    assert git(project, "rev-parse", "--short", "HEAD").strip() == ledger["committed"]
    git(project, *ledger["undo"].split()[3:])
    assert git(project, "rev-parse", "HEAD") == before


def test_a_branch_has_the_commit(cli: Cli, project: Path) -> None:
    done = cli("update", "-C", "shop", "--branch", "bot/update")
    assert done.code == 0
    assert git(project, "branch", "--show-current").strip() == "bot/update"
    assert git(project, "log", "--format=%s", "main..bot/update").count("\n") == 1
    git(project, "switch", "main")
    assert "was red" in (project / "README.md").read_text()
    refused = cli("update", "--branch", "bot/update")
    assert refused.code == 3
    assert "git branch --delete bot/update" in refused.err
    assert cli("update", "--branch", "a..b").code == 2


def test_a_failing_hook_leaves_the_change_uncommitted(cli: Cli, project: Path) -> None:
    hook = project / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'fatal: the linter failed' >&2\nexit 1\n")
    hook.chmod(0o755)
    done = cli("update", "-C", "shop", "--commit")
    assert done.code == 3
    assert "not committed: fatal: the linter failed" in done.out
    assert "is red" in (project / "README.md").read_text()


def test_keys_that_the_template_does_not_know_are_named(cli: Cli, project: Path) -> None:
    answers = project / ".copier-answers.yml"
    save(project, {".copier-answers.yml": f"{answers.read_text()}team: payments\n"})
    done = cli("update", "-C", "shop")
    assert "dropped from .copier-answers.yml, since the template doesn't ask for it: team" in done.out
    assert "your edits to it are replaced" in done.out


def test_a_choice_that_the_new_release_lacks_is_refused(cli: Cli, project: Path, toy: Template) -> None:
    copier_yml = toy.root / "copier.yml"
    copier_yml.write_text(
        copier_yml.read_text().replace("Red: red, ", "").replace("default: red", "default: green")
    )
    done = cli("update", "-C", "shop")
    assert done.code == 2
    assert "gowright set color=green" in done.err


def test_a_new_question_has_its_default(cli: Cli, project: Path, toy: Template) -> None:
    with (toy.root / "copier.yml").open("a") as file:
        file.write("---\nsize:\n  type: str\n  choices: {Big: big}\n  default: big\n")
    done = cli("update", "-C", "shop", "-o", "json")
    assert json.loads(done.out)["answers"] == {"size": {"from": None, "to": "big"}}
    assert "size: big" in (project / ".copier-answers.yml").read_text()


@pytest.mark.parametrize(("release", "code"), [("9.9.9", 3), ("0.1.0", 3), ("main", 3)])
def test_an_unknown_release_is_refused(cli: Cli, project: Path, release: str, code: int) -> None:
    assert cli("update", "-C", "shop", "--to", release).code == code


def test_a_newer_project_is_refused(cli: Cli, project: Path) -> None:
    answers = project / ".copier-answers.yml"
    save(project, {".copier-answers.yml": answers.read_text().replace(f"v{OLDER}", "v99.0.0")})
    assert "upgrade gowright" in cli("update", "-C", "shop").err


def test_requirements_of_both_sides_are_merged(
    cli: Cli, project: Path, older: Template, toy: Template
) -> None:
    for template, version in ((older, "v1.0.0"), (toy, "v1.2.0")):
        (template.root / "template" / "go.mod").write_text(
            f"module example.com/shop\n\ngo 1.26\n\nrequire example.com/a {version}\n"
        )
    # The bundle has the release without a go.mod: the team's file meets a new one of the template.
    save(project, {"go.mod": "module example.com/shop\n\ngo 1.26\n\nrequire example.com/b v1.0.0\n"})
    done = cli("update", "-C", "shop")
    assert done.code == 4
    assert "both sides added it" in done.out


def test_a_python_program_updates_a_project_of_another_template(tmp_path: Path) -> None:
    readme = str(FILES["template/README.md"])
    template = OtherTemplate.create(tmp_path / "template", {}, {"template/README.md": f"new\n{readme}"})
    project = template.project(tmp_path / "project")
    save(project, {"README.md": f"{readme}mine\n"})
    template.release("v3.0.0-rc.1", {"template/README.md": "prerelease\n"})
    ledger = gowright.update(project, data={"worker": False}, commit=True)
    assert (project / "README.md").read_text() == f"new\n{readme}mine\n"
    assert not (project / "worker").exists()
    assert ledger.release == ("1.0.0", "2.0.0")
    assert "_commit: v2.0.0\n" in (project / ".copier-answers.yml").read_text()
    assert gowright.update(project, release="v3.0.0-rc.1", dry_run=True).conflicts == ["README.md"]


def test_files_that_belong_to_the_team_are_skipped(tmp_path: Path) -> None:
    skip = {"copier.yml": f"{COPIER_YML}_skip_if_exists: ['config/*.yml']\n"}
    template = OtherTemplate.create(
        tmp_path / "template",
        {**skip, "template/config/a.yml": "a\n", "template/config/b.yml": "b\n"},
        {"template/config/a.yml": "new a\n", "template/config/c.yml": "c\n"},
    )
    project = template.project(tmp_path / "project")
    save(project, {".gitignore": "d.yml\n", "config/d.yml": "mine\n"})
    template.release("v3.0.0", {"template/config/d.yml": "d\n"})
    ledger = gowright.update(project)
    assert (project / "config/d.yml").read_text() == "mine\n"
    assert (project / "config/a.yml").read_text() == "a\n"
    assert (project / "config/c.yml").read_text() == "c\n"
    assert [line.detail for line in ledger.lines if line.path == "config/a.yml"] == [
        "the template never replaces it; its own version has changed"
    ]


def test_a_commit_without_a_tag_is_a_release(tmp_path: Path) -> None:
    template = OtherTemplate.create(tmp_path / "template", {})
    project = template.project(tmp_path / "project")
    (template.root / "template" / "extra.txt").write_text("x\n")
    save(template.root)
    commit = git(template.root, "rev-parse", "HEAD").strip()
    gowright.update(project, release=commit)
    assert (project / "extra.txt").exists()
    assert f"_commit: {commit}\n" in (project / ".copier-answers.yml").read_text()
