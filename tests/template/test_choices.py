"""Which files of a service a choice may change."""

from __future__ import annotations

from itertools import product

import pytest

from gowright.model.template import Template
from tests.conftest import Render

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
