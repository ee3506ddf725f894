"""The names that gowright refuses are those that the template would use twice."""

from __future__ import annotations

import pytest
from scripts import names as script

from gowright.errors import BadAnswer
from gowright.model import answers
from gowright.model.resources.reserved import ReservedNames
from gowright.model.template import Template
from tests.conftest import Render
from tests.helpers import ROOT, read_resources

FRAMEWORKS = next(
    [choice.value for choice in feature.choices]
    for feature in Template.head().features()
    if feature.name == "http_framework"
)


@pytest.mark.slow
def test_the_reserved_names_are_those_of_the_template(head: Template) -> None:
    written = (ROOT / script.FILE).read_text(encoding="utf-8")
    assert written == script.text(script.derive(head)), "run make names"


def test_a_template_without_the_file_reserves_no_names(toy: Template) -> None:
    assert toy.reserved_names() == ReservedNames()
    raw = [{"name": "user", "fields": [{"name": "a", "type": "int"}]}]
    assert [each.name for each in answers.read_resources(raw, toy.reserved_names())] == ["user"]


@pytest.mark.parametrize(
    "names",
    [
        ("page",),
        ("date",),
        ("user",),
        ("member/users",),
        ("session",),
        ("order", "new_order"),
        ("order", "order_filter"),
    ],
)
def test_names_that_the_template_uses_are_rejected(names: tuple[str, ...]) -> None:
    fields = [{"name": "a", "type": "int"}]
    raw = [dict(zip(("name", "plural"), name.split("/"), strict=False), fields=fields) for name in names]
    with pytest.raises(BadAnswer):
        read_resources(raw)


@pytest.mark.parametrize(
    "names",
    [
        ("author", "publisher"),
        ("car", "car_service"),
        ("table", "column"),
        ("account", "contract", "problem"),
        tuple(FRAMEWORKS),
    ],
)
def test_names_without_a_clash_are_accepted(names: tuple[str, ...]) -> None:
    assert read_resources([{"name": name, "fields": [{"name": "a", "type": "int"}]} for name in names])


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_resource_named_like_the_framework_keeps_every_file(framework: str, rendered: Render) -> None:
    resources = [
        resource.answer()
        for resource in read_resources(
            [{"name": name, "fields": [{"name": "a", "type": "int"}]} for name in (framework, "plain")]
        )
    ]
    folder = rendered(http_framework=framework, resources=resources) / "internal" / "api" / "handlers"
    handlers = {path.name for path in folder.iterdir()}
    assert {f"{framework}.go", f"{framework}_test.go", "errors_test.go"} <= handlers
    named = (folder / f"{framework}_test.go").read_text(encoding="utf-8")
    plain = (folder / "plain_test.go").read_text(encoding="utf-8")
    assert len(named.splitlines()) == len(plain.splitlines())
