"""What a choice may change of a service, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from pathlib import Path

import pytest

from gowright.model.template import Template
from tests.helpers import snapshot

HANDLERS = "internal/api/handlers"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return snapshot(Template.head(), tmp_path_factory.mktemp("template") / "template")


def choices(template: Template, name: str) -> list[str]:
    return next(
        [choice.value for choice in feature.choices]
        for feature in template.features()
        if feature.name == name
    )


def handler_tests(template: Template, project: Path, answers: Mapping[str, str]) -> dict[str, str]:
    template.render({"project_name": "shop", **answers}, project)
    return {path.name: path.read_text() for path in sorted((project / HANDLERS).glob("*_test.go"))}


@pytest.mark.parametrize("auth", choices(Template.head(), "auth"))
def test_a_data_store_or_a_framework_changes_no_test_of_a_handler(
    template: Template, tmp_path: Path, auth: str
) -> None:
    seen: dict[str, set[str]] = {}
    frameworks, stores = choices(template, "http_framework"), choices(template, "database")
    for framework, store in product(frameworks, stores):
        answers = {"http_framework": framework, "database": store, "auth": auth}
        for name, text in handler_tests(template, tmp_path / framework / store, answers).items():
            seen.setdefault(name, set()).add(text)
    assert len(seen) > 2
    assert [name for name, texts in seen.items() if len(texts) > 1] == []
