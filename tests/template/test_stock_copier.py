"""Copier itself, and Renovate's manager of it, on an exported template and its history."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from gowright.commands.apply import apply
from gowright.commands.export import export
from gowright.model.release import BUNDLE, recorded
from gowright.model.template import ANSWERS_FILE, Template
from tests.helpers import contents
from tests.projects import git, identify, save
from tests.template.test_releases import GROWS, comparable

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(len(recorded(BUNDLE)) < 2, reason="there is one release"),
]

#: The files that Renovate's copier manager reads.
RENOVATE_READS = re.compile(r"(^|/)\.copier-answers(\..+)?\.ya?ml")

ANSWERS = {"project_name": "shop", "module_path": "example.com/shop", "auth": "jwt"}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Copier takes a URL for that of a repository if it ends like this.
    folder = tmp_path_factory.mktemp("exported") / "template.git"
    export(folder, Template.head())
    return folder


@pytest.fixture(scope="module")
def tags(exported: Path) -> list[str]:
    return git(exported, "tag", "--sort=version:refname").split()


def copier(*arguments: str | Path, cwd: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "copier", *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def generated(template: Path, tag: str, folder: Path) -> Path:
    """Generate a project with Copier, and commit it."""
    data = [flag for name, value in ANSWERS.items() for flag in ("--data", f"{name}={value}")]
    url = template.as_uri()
    copier("copy", "--quiet", "--defaults", "--vcs-ref", tag, *data, url, folder, cwd=folder.parent)
    git(folder, "init", "--quiet")
    identify(folder)
    save(folder)
    return folder


def migrations(project: Path) -> list[str]:
    return sorted(path.name for path in (project / "migrations").iterdir())


def extracted(name: str, content: str) -> tuple[str, str] | None:
    """The repository and the release that Renovate's copier manager finds in an answers file."""
    answers: Mapping[str, Any] = yaml.safe_load(content)
    source, commit = answers.get("_src_path"), answers.get("_commit")
    if not RENOVATE_READS.search(name) or not isinstance(source, str) or not isinstance(commit, str):
        return None
    url = urlsplit(source)
    return (source, commit) if url.scheme and (url.netloc or url.path) else None


def test_an_update_with_copier_equals_a_new_project(exported: Path, tags: list[str], tmp_path: Path) -> None:
    project = generated(exported, tags[0], tmp_path / "shop")
    new = generated(exported, tags[-1], tmp_path / "new")
    before = {path: file for path, file in contents(project).items() if GROWS.match(path)}
    copier("update", "--quiet", "--defaults", cwd=project)
    assert comparable(project) == comparable(new)
    # Copier keeps the history of the schema, so the migrations of the newer release are missing.
    assert {path: file for path, file in contents(project).items() if GROWS.match(path)} == before
    save(project)
    ledger = apply(project)
    assert not ledger.conflicts
    assert any(note.startswith("new migrations:") for note in ledger.notes)
    added = set(migrations(project)) - {Path(path).name for path in before}
    assert {name.split("_", 1)[1] for name in added} == {"change_users.sql"}
    assert comparable(project) == comparable(new)
    save(project)
    assert not apply(project).changes


def test_renovate_finds_the_template_and_its_command_updates(
    exported: Path, tags: list[str], tmp_path: Path
) -> None:
    project = generated(exported, tags[0], tmp_path / "shop")
    content = (project / ANSWERS_FILE).read_text()
    assert extracted(ANSWERS_FILE, content) == (exported.as_uri(), tags[0])
    # It looks for newer releases in the tags, which are versions.
    refs = git(tmp_path, "ls-remote", "--tags", exported.as_uri()).splitlines()
    assert {line.split("refs/tags/")[1].removesuffix("^{}") for line in refs} == set(tags)
    assert all(re.fullmatch(r"v\d+\.\d+\.\d+", tag) for tag in tags)
    options = ["--skip-answered", "--defaults", "--answers-file", ANSWERS_FILE, "--vcs-ref", tags[-1]]
    copier("update", *options, cwd=project)
    assert extracted(ANSWERS_FILE, (project / ANSWERS_FILE).read_text()) == (exported.as_uri(), tags[-1])
    new = generated(exported, tags[-1], tmp_path / "new")
    assert comparable(project) == comparable(new)
    assert ANSWERS_FILE in git(project, "diff", "--name-only").split()


def test_renovate_finds_the_template_of_a_project_of_this_package(head: Template, tmp_path: Path) -> None:
    head.render({"project_name": "shop"}, tmp_path / "shop")
    content = (tmp_path / "shop" / ANSWERS_FILE).read_text()
    assert extracted(ANSWERS_FILE, content) == (head.source, head.commit)
