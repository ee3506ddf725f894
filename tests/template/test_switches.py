"""A service with edits whose choices are switched away and back."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from benchmarks.life import apply as apply_edits
from benchmarks.life import read_team

from gowright.commands.set import set_answers
from gowright.errors import BadAnswer
from gowright.model.features import Feature
from gowright.model.ledger import Ledger
from gowright.model.template import TEMPLATE_ENV, Template
from tests.helpers import contents
from tests.projects import git, identify, save
from tests.template.test_releases import comparable

#: Edits of the team that depend on no choice, by their files. Other ones are in conflict with auth=none, for example, whose
#: services have other parameters.
EDITED = (
    "internal/services/names.go",
    "internal/services/names_test.go",
    "internal/models/customer.go",
    "README.md",
)
DRAIN = "func (a *App) drain(ctx context.Context) {\n"


def edited_service(head: Template, folder: Path, **answers: str) -> Path:
    """A service in a repository, with edits of a team."""
    team = read_team()
    head.render(team["answers"] | answers, folder)
    git(folder, "init", "--quiet")
    identify(folder)
    save(folder)
    edits = [edit for edit in team["edits"] if edit.get("file") in EDITED]
    log = '\ta.log.InfoContext(ctx, "asking the load balancer to stop")\n'
    apply_edits([*edits, {"file": "internal/app/app.go", "below": DRAIN, "add": log}], folder)
    save(folder)
    return folder


def switched(project: Path, feature: Feature) -> tuple[str, Ledger]:
    """Switch a feature to the first other choice that fits the rest, and commit."""
    for value in feature.values[1:]:
        try:
            ledger = set_answers(project, [f"{feature.name}={value}"])
        except BadAnswer:
            continue
        save(project)
        return value, ledger
    raise AssertionError(f"no other choice of {feature.name} fits")


def go_files(project: Path) -> Mapping[str, Any]:
    """The files that decide what go test does."""
    return {
        path: file
        for path, file in contents(project).items()
        if path.endswith((".go", "go.mod", "go.sum")) or path.startswith(("migrations/", "api/"))
    }


def failures(project: Path, *command: str) -> list[str]:
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    return [] if done.returncode == 0 else [f"{' '.join(command)}: {(done.stdout + done.stderr)[-20000:]}"]


@pytest.mark.slow
def test_every_choice_is_switched_away_and_back(
    head: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files of the service are those before, but for the migrations, which only grow."""
    monkeypatch.setenv(TEMPLATE_ENV, str(head.root))
    project = edited_service(head, tmp_path / "shop")
    before = comparable(project)
    for feature in head.features():
        for value in feature.values:
            if value == feature.default:
                continue
            for each in (value, feature.default):
                ledger = set_answers(project, [f"{feature.name}={each}"])
                assert not ledger.conflicts, f"{feature.name}={value}: {ledger.conflicts}"
                save(project)
            assert comparable(project) == before, f"{feature.name}={value} and back"


@pytest.mark.go
@pytest.mark.proof
@pytest.mark.usefixtures("go_caches")
def test_a_switched_service_builds_and_passes_its_tests(
    head: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One service takes all switches, so that Go reuses what it has compiled."""
    monkeypatch.setenv(TEMPLATE_ENV, str(head.root))
    project = edited_service(head, tmp_path / "shop")
    assert not failures(project, "go", "test", "./...")
    broken = {}
    for feature in head.features():
        before, go_before = comparable(project), go_files(project)
        value, ledger = switched(project, feature)
        found = [f"conflict in {path}" for path in ledger.conflicts]
        if go_files(project) != go_before:
            found += failures(project, "go", "vet", "./...") or failures(project, "go", "test", "./...")
        set_answers(project, [f"{feature.name}={feature.default}"])
        save(project)
        if comparable(project) != before:
            found.append("not as before after the switch back")
        print(f"{feature.name}={value}: {found or 'ok'}", flush=True)
        if found:
            broken[f"{feature.name}={value}"] = found
    assert not broken
