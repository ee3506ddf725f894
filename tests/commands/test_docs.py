"""The jobs of docs/updates.md."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from gowright.model.template import Template
from tests.commands.conftest import MakeProject
from tests.helpers import ROOT
from tests.projects import git, save

GITHUB, GITLAB = (
    yaml.safe_load(block.partition("```")[0])
    for block in (ROOT / "docs" / "updates.md").read_text().split("```yaml\n")[1:]
)

#: The command, with a verification that takes no time.
GOWRIGHT = f'#!/bin/sh\n[ "$1" = verify ] || exec {sys.executable} -m gowright "$@"\n'


@pytest.fixture
def project(older: Template, make_project: MakeProject, tmp_path: Path) -> Path:
    """A project with an older release, a remote, and the programs of a job."""
    project = make_project(older)
    git(tmp_path, "init", "--quiet", "--bare", "remote.git")
    git(project, "remote", "add", "origin", str(tmp_path / "remote.git"))
    (tmp_path / "bin").mkdir()
    for name, text in {"gowright": GOWRIGHT, "gh": '#!/bin/sh\nprintf "%s\\n" "$@" > ../gh.txt\n'}.items():
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    return project


def run(project: Path, script: str) -> int:
    root = project.parent.parent
    path = f"{root / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {
        "PATH": path,
        "PYTHONPATH": str(ROOT / "src"),
        "CI_REMOTE": str(root / "remote.git"),
    }
    return subprocess.run(["bash", "-eo", "pipefail", "-c", script], cwd=project, env=environment).returncode


def scripts() -> list[str]:
    steps = GITHUB["jobs"]["update"]["steps"]
    gitlab = [line for line in GITLAB["update"]["script"] if not line.startswith("pip")]
    push = next(line for line in gitlab if line.startswith("git push"))
    local = [line if line != push else "git push origin gowright-update" for line in gitlab]
    return [steps[-1]["run"], "\n".join(local)]


@pytest.mark.slow
@pytest.mark.parametrize("script", scripts(), ids=["github", "gitlab"])
def test_the_job_pushes_an_update_of_a_stale_project(project: Path, script: str) -> None:
    assert run(project, script) == 0
    remote = project.parent.parent / "remote.git"
    assert git(remote, "log", "-1", "--format=%s", "gowright-update").startswith(
        "chore: update from gowright"
    )
    assert "removed (1)\n  gone.txt" in (project / "ledger.txt").read_text()
    git(project, "switch", "--quiet", "gowright-update")
    assert run(project, script) == 0, "a current project is left alone"


@pytest.mark.slow
@pytest.mark.parametrize("script", scripts(), ids=["github", "gitlab"])
def test_the_job_fails_on_a_conflict(project: Path, script: str) -> None:
    save(project, {"README.md": "mine\n"})
    assert run(project, script) == 4
    assert not git(project.parent.parent / "remote.git", "branch", "--list").strip()
