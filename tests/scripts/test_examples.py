"""The committed examples are what the presets render."""

from __future__ import annotations

from pathlib import Path

import pytest
from scripts.examples import EXAMPLES, NAMES, render

from gowright.model.plan import Action, Plan
from gowright.model.template import Template
from gowright.system.git import git
from tests.helpers import ROOT


def test_every_preset_has_an_example() -> None:
    assert [preset.name for preset in Template.head().presets()] == list(NAMES)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {path.name: path for path in render(tmp_path_factory.mktemp("examples"))}


@pytest.mark.parametrize("name", NAMES)
def test_the_example_is_what_its_preset_renders(name: str, fresh: dict[str, Path]) -> None:
    if not EXAMPLES.exists():
        pytest.skip("no examples yet: run make examples")
    changes = Plan.between(EXAMPLES / name, fresh[name])
    changed = changes.paths(Action.CREATE, Action.MODIFY, Action.DELETE)
    assert not changed, f"examples/{name} differs from the template: run make examples"


def test_no_example_is_ignored_by_git() -> None:
    if not (ROOT / ".git").exists() or not EXAMPLES.exists():
        pytest.skip("not a checkout, or no examples yet")
    ignored = git(["ls-files", "--others", "--ignored", "--exclude-standard", "examples"], cwd=ROOT)
    assert ignored == ""
