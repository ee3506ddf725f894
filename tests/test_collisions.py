"""The names that gowright refuses are those that the template would use twice."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from gowright.errors import BadAnswer
from gowright.model.answers import read_resources
from gowright.model.resources.collisions import NAMESPACES, RESERVED, RESERVED_PLURALS
from gowright.model.resources.names import SNAKE_CASE, build_constraint
from gowright.model.template import Template
from tests.conftest import Render
from tests.helpers import read_yaml

MARKED = {
    "name": "qqone",
    "plural": "qqmany",
    "fields": [
        {"name": "qqfield", "type": "enum", "enum": ["qqvalue"], "index": True},
        {"name": "a", "type": "string", "unique": True, "required": True, "max": 9},
        {"name": "b", "type": "decimal", "min": 0},
        {"name": "c", "type": "date"},
        {"name": "d", "type": "time"},
    ],
}
FRAMEWORKS = next(
    [choice.value for choice in feature.choices]
    for feature in Template.head().features()
    if feature.name == "http_framework"
)
VARIANTS: tuple[Mapping[str, str], ...] = (
    {},
    *({"http_framework": framework, "logger": "slog"} for framework in FRAMEWORKS[1:]),
    {"auth": "none", "cache": "none", "tracing": "none", "metrics": "none"},
    {"database": "memory"},
    {"auth": "oidc"},
    {"database": "mongodb"},
    {"database": "postgres-gorm"},
)
PLACEHOLDERS = {"Qqone": "{One}", "qqone": "{one}", "Qqmany": "{Many}", "qqmany": "{many}"}
MARK = re.compile("|".join(PLACEHOLDERS))


@pytest.fixture(scope="module")
def names(rendered: Render) -> dict[str, set[str]]:
    """Every identifier at the top of a Go package, and every name of the API's document, by place."""
    resources = [resource.answer() for resource in read_resources([MARKED])]
    found: dict[str, set[str]] = defaultdict(set)
    for variant in VARIANTS:
        project = rendered(resources=resources, **variant)
        places = [place for path in project.rglob("*.go") for place in declared(project, path)]
        for place, names in [*places, *documented(project / "api" / "openapi.yaml")]:
            found[place] |= names
    return found


def declared(project: Path, path: Path) -> Iterable[tuple[str, set[str]]]:
    text = path.read_text(encoding="utf-8")
    names = re.findall(r"^(?:func|type|var|const) (\w+)", text, re.M)
    for block in re.findall(r"^(?:type|var|const) \((.*?)^\)", text, re.S | re.M):
        names += re.findall(r"^\t(\w+)\b", block, re.M)
    package = re.search(r"^package (\w+)", text, re.M)
    assert package is not None
    folder = path.parent.relative_to(project).as_posix() + ("_test" if package[1].endswith("_test") else "")
    yield folder, set(names)
    for name, block in re.findall(r"^type (\w+) struct \{\n(.*?)^\}", text, re.S | re.M):
        if not MARK.search(name):
            yield f"{folder}.{name}", set(re.findall(r"^\t(\w+) ", block, re.M))


def documented(path: Path) -> Iterable[tuple[str, set[str]]]:
    document = read_yaml(path)
    for kind, components in document["components"].items():
        yield f"components/{kind}", set(components)
    operations = [o for item in document["paths"].values() for o in item.values() if isinstance(o, dict)]
    yield "operations", {operation["operationId"] for operation in operations}


def expression(pattern: str) -> str:
    """A regular expression for what a pattern may become."""
    parts = re.split(r"(\{\w+\})", pattern)
    kinds = {"{One}": "[A-Z]", "{Many}": "[A-Z]", "{one}": "[a-z]", "{many}": "[a-z]"}
    return "".join(f"{kinds[part]}[A-Za-z0-9]*" if part in kinds else re.escape(part) for part in parts)


def words(name: str) -> int:
    return len(re.findall(r"[A-Z]?[a-z0-9]+", re.sub(r"\{\w+\}", "", name)))


def test_the_table_of_names_is_what_the_template_uses(names: dict[str, set[str]]) -> None:
    table = {}
    for place, found in sorted(names.items()):
        marked = {MARK.sub(lambda m: PLACEHOLDERS[m[0]], name) for name in found if MARK.search(name)}
        # Enums are built from more names than one; and a sentence is nobody's resource.
        patterns = {name for name in marked if "qq" not in name.lower() and words(name) <= 2}
        short = {name for name in found if not MARK.search(name) and words(name) <= 3}
        fixed = {name for name in short if any(re.fullmatch(expression(p), name) for p in patterns)}
        if patterns and (fixed or len(patterns) > 1):
            table[place] = (" ".join(sorted(patterns)), " ".join(sorted(fixed)))
    lines = "\n".join(
        f'    "{place}": (\n        "{p}",\n        "{f}",\n    ),' for place, (p, f) in table.items()
    )
    assert dict(NAMESPACES) == table, f"put this into NAMESPACES of collisions.py:\n{lines}"


def test_names_of_the_templates_own_files_are_reserved(head: Template) -> None:
    taken = set()
    for path in (head.root / "template").rglob("*yield r from entities*"):
        before, _, after = path.name.partition("[% yield r from entities %][[ r.name ]][% endyield %]")
        for other in path.parent.iterdir():
            name = other.name.removesuffix(".jinja")
            if "[" not in name and name.startswith(before) and name.endswith(after.removesuffix(".jinja")):
                taken.add(name.removeprefix(before).removesuffix(after.removesuffix(".jinja")))
    found = {name for name in taken if SNAKE_CASE.fullmatch(name) and not build_constraint(name)}
    assert found == RESERVED, f"make RESERVED of collisions.py this: {' '.join(sorted(found))}"


def test_routes_and_tables_of_the_template_are_reserved(rendered: Render) -> None:
    project = rendered(resources=[])
    document = read_yaml(project / "api" / "openapi.yaml")
    routes = {path.split("/")[3] for path in document["paths"] if path.startswith("/api/v1/")}
    tables = set()
    for path in (project / "migrations").glob("*.sql"):
        tables |= set(re.findall(r'CREATE TABLE "?(\w+)', path.read_text(encoding="utf-8")))
    assert routes | tables <= {name.replace("_", "-") for name in RESERVED_PLURALS} | RESERVED_PLURALS


@pytest.mark.parametrize(
    "names",
    [
        ("page",),
        ("date",),
        ("user",),
        ("member/users",),
        ("refresh_token",),
        ("order", "new_order"),
        ("order", "order_filter"),
    ],
)
def test_names_that_the_template_uses_are_refused(names: tuple[str, ...]) -> None:
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
def test_names_that_clash_with_nothing_are_accepted(names: tuple[str, ...]) -> None:
    assert read_resources([{"name": name, "fields": [{"name": "a", "type": "int"}]} for name in names])


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_resource_called_as_the_framework_keeps_every_file(framework: str, rendered: Render) -> None:
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
