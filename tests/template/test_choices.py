"""Which files of a service a choice may change."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from gowright.matrix.axes import read_axes
from gowright.model.template import Template
from tests.conftest import Render
from tests.helpers import ROOT

HANDLERS = "internal/api/handlers"


def choices(template: Template, name: str) -> list[str]:
    return next(
        [choice.value for choice in feature.choices]
        for feature in template.features()
        if feature.name == name
    )


@pytest.mark.slow
@pytest.mark.parametrize("auth", choices(Template.head(), "auth"))
def test_handler_tests_do_not_depend_on_database_or_framework(
    head: Template, rendered: Render, auth: str
) -> None:
    seen: dict[str, set[str]] = {}
    frameworks, stores = choices(head, "http_framework"), choices(head, "database")
    for framework, store in product(frameworks, stores):
        answers = {"http_framework": framework, "database": store, "auth": auth}
        for path in (rendered(**answers) / HANDLERS).glob("*_test.go"):
            seen.setdefault(path.name, set()).add(path.read_text())
    assert len(seen) > 2
    # One file tests how the framework itself fails.
    assert [name for name, texts in seen.items() if len(texts) > 1] == ["errors_test.go"]
    assert len(seen["errors_test.go"]) == len(frameworks)


def test_the_listed_files_of_a_choice_are_those_in_its_folder(head: Template) -> None:
    shared = {path.relative_to(ROOT / "template") for path in (ROOT / "template").rglob("*")}
    shared |= {path.with_suffix("") for path in shared if path.suffix == ".jinja"}
    all_choices = [(feature.name, choice) for feature in head.features() for choice in feature.values]
    shared |= {Path(path) for feature, choice in all_choices for path in head.facts(feature, choice).files}
    for feature in head.features():
        for choice in feature.values:
            folder = ROOT / "choices" / feature.name / choice
            found = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
            listed = {Path(f"{path}.jinja") for path in head.facts(feature.name, choice).files}
            assert listed <= found, f"{feature.name}={choice}: missing files"
            # The other files are the content of a shared file, or fragments in a folder with its path.
            own = {path for path in found - listed if shared.isdisjoint({path.with_suffix(""), path.parent})}
            if feature.name in read_axes(head).without_go:
                assert own <= {Path("facts.yml")}, f"{feature.name}={choice}: files that are not listed"
