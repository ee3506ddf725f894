"""`gowright diff`."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from gowright.commands.diff import diff
from gowright.model.template import Template
from tests.commands.conftest import MakeProject
from tests.conftest import Cli
from tests.helpers import contents
from tests.projects import git, identify, save, write


@pytest.fixture
def project(cli: Cli, older: Template, make_project: MakeProject) -> Path:
    return make_project(older)


def test_a_new_project_has_no_drift(cli: Cli, project: Path) -> None:
    git(project, "rm", "--quiet", "go.mod")
    save(project)
    done = cli("diff", "shop", "--exit-code")
    assert (done.code, done.out) == (0, "")


def test_the_patch_turns_a_render_into_the_project(project: Path, older: Template, tmp_path: Path) -> None:
    write(
        project, {"README.md": b"caf\xe9\r\n", "gone.txt": None, "logo": b"\0\1", os.fsdecode(b"\xff"): "x\n"}
    )
    git(project, "mv", "lid/lid.txt", "lid/cover.txt")
    (project / "things/task.txt").chmod(0o755)
    (project / "link").symlink_to("run.sh")
    save(project)
    write(project, {"run.sh": "#!/bin/sh\necho uncommitted\n", "untracked": "x\n"})
    found = diff(project)
    again = tmp_path / "again"
    older.render({"project_name": "shop"}, again)
    git(again, "init", "--quiet")
    subprocess.run(["git", "apply"], cwd=again, input=found.patch, check=True)
    (project / "untracked").unlink()
    assert contents(again) == contents(project)
    assert (again / "link").readlink() == Path("run.sh")
    assert set(found.modified) >= {"README.md", "run.sh", "things/task.txt"}
    assert "gone.txt" in found.deleted


def test_drift_has_an_exit_code(cli: Cli, project: Path) -> None:
    done = cli("diff", "shop", "--stat", "--exit-code")
    assert done.code == 1
    assert "go.mod | 3 +++" in done.out
    assert "diff --git" not in done.out
    assert cli("diff", "shop").code == 0
    assert json.loads(cli("diff", "shop", "-o", "json").out)["added"] == ["go.mod"]


def test_a_project_in_a_folder_of_a_repository(cli: Cli, older: Template, tmp_path: Path) -> None:
    mono = tmp_path / "mono"
    older.render({"project_name": "shop"}, mono / "a" / "b")
    git(mono, "init", "--quiet")
    identify(mono)
    save(mono, {"other": "x\n", "a/b/README.md": "mine\n"})
    found = diff(mono / "a" / "b")
    assert found.modified == ("README.md",)
    assert b"a/README.md" in found.patch
    assert not found.added
