"""Projects of every release, updated to the newest one."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from benchmarks.life import carry, created, read_team, tags_of, with_gowright

from gowright.commands.export import export
from gowright.commands.update import update
from gowright.matrix import Selection, matrix
from gowright.model.release import BUNDLE, extract, recorded
from gowright.model.template import ANSWERS_FILE, Template
from tests.helpers import contents
from tests.projects import git, identify, save

#: How many variants besides the presets are updated. The scheduled workflow updates all.
ROUNDS = int(os.environ.get("GOWRIGHT_ROUNDS", "3"))

#: What only grows: the migrations, and the entries of the history in the answers file.
GROWS = re.compile(r"migrations/")
HISTORY = re.compile(rb"^history:\n(?:- .*\n)*", re.MULTILINE)

earlier = pytest.mark.parametrize("release", recorded(BUNDLE)[:-1])


def comparable(project: Path) -> dict[str, tuple[bytes, bool]]:
    """The files of a project, without what a younger project has shorter."""
    files = {path: file for path, file in contents(project).items() if not GROWS.match(path)}
    answers, mode = files[ANSWERS_FILE]
    return files | {ANSWERS_FILE: (HISTORY.sub(b"", answers), mode)}


def known(answers: dict[str, Any], template: Template) -> dict[str, Any]:
    """The answers that a release of the template knows."""
    features = {feature.name: feature.values for feature in template.features()}
    return {name: value for name, value in answers.items() if name not in features or value in features[name]}


@pytest.mark.slow
@earlier
def test_an_updated_project_equals_a_new_one(release: str, tmp_path: Path) -> None:
    head = Template.head()
    extract(BUNDLE, release, tmp_path / "template")
    old = Template(tmp_path / "template", release=release)
    variants = matrix(head, Selection()).variants
    presets = [variant for variant in variants if variant.preset]
    others = [variant for variant in variants if not variant.preset][:ROUNDS]
    for number, variant in enumerate((*presets, *others)):
        answers = {"project_name": "shop"} | known(dict(variant.answers), old)
        project, new = tmp_path / f"project{number}", tmp_path / f"new{number}"
        old.render(answers, project)
        git(project, "init", "--quiet")
        identify(project)
        save(project)
        before = {path: file for path, file in contents(project).items() if GROWS.match(path)}
        ledger = update(project)
        assert not ledger.conflicts
        head.render(answers, new)
        assert comparable(project) == comparable(new), variant.id
        after = contents(project)
        assert all(after[path] == file for path, file in before.items()), "a migration has changed"


@pytest.mark.slow
@pytest.mark.skipif(len(recorded(BUNDLE)) < 2, reason="there is one release")
def test_an_edited_service_loses_nothing_in_all_releases_and_switches(tmp_path: Path) -> None:
    team = read_team()
    export(tmp_path / "template", Template.head())
    tags = tags_of(tmp_path / "template")
    service = created(tmp_path / "template", tags[0], team, tmp_path / "shop")
    score = carry(service, with_gowright, tags, team["switches"])
    assert not [lines for lines in score.gone.values() if lines]
    conflicts = {step: files for step, files in score.conflicts.items() if files}
    assert sum(map(len, conflicts.values())) <= team["conflicts"], conflicts
