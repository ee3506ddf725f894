"""Projects of the toy template, whose older release is in a bundle."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from gowright.model import release
from gowright.model.template import TEMPLATE_ENV, Template
from tests.projects import git, identify, save

#: The release before that of the working template.
OLDER = "0.3.0"

MakeProject = Callable[..., Path]


@pytest.fixture
def older(toy: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Template:
    """An older release of the toy template, recorded in the only bundle; the toy template itself is the newest."""
    root = Path(shutil.copytree(toy.root, tmp_path / "older"))
    (root / "template" / "README.md.jinja").write_text("[[ project_name ]] was [[ color ]].\n\nOld end.\n")
    (root / "template" / "gone.txt").write_text("gone\n")
    bundle = tmp_path / "releases.bundle"
    release.record(bundle, OLDER, root)
    monkeypatch.setenv(release.BUNDLE_ENV, str(bundle))
    monkeypatch.setenv(TEMPLATE_ENV, str(toy.root))
    return Template(root, OLDER)


@pytest.fixture
def make_project(tmp_path: Path) -> MakeProject:
    """Generate a project with a release, and commit it."""

    def make(template: Template, **answers: object) -> Path:
        project = tmp_path / "work" / "shop"
        template.render({"project_name": "shop", **answers}, project)
        (project / "go.mod").write_text("module example.com/shop\n\ngo 1.26\n")
        git(project, "init", "--quiet", "--initial-branch=main")
        identify(project)
        save(project)
        return project

    return make
