"""Derive ``names.yml``: the names that no resource can have, because the template uses them.

    python -m scripts.names            derive, and write the file
    python -m scripts.names --check    derive, and fail when the result differs from the file

Each variant is rendered with one resource whose names occur nowhere else. An identifier with one of
these names shows a pattern, and the other identifiers of the same place that fit a pattern of it are
taken. Routes, tables and Go files of the template are reserved, too.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from gowright.matrix.axes import read_axes
from gowright.model.answers import read_resources
from gowright.model.features import Feature
from gowright.model.resources.names import SNAKE_CASE, build_constraint
from gowright.model.resources.reserved import ReservedNames
from gowright.model.template import Template

FILE = "names.yml"
ROOT = Path(__file__).resolve().parent.parent

#: The choice that disables a feature.
NOTHING = "none"

RESOURCE: dict[str, Any] = {
    "name": "qqone",
    "plural": "qqmany",
    "fields": [
        {"name": "qqfield", "type": "enum", "enum": ["qqvalue"], "index": True},
        {"name": "a", "type": "string", "unique": True, "required": True, "max": 9},
        {"name": "b", "type": "decimal", "min": 0},
        {"name": "c", "type": "date", "range": True},
        {"name": "d", "type": "time", "required": True, "sort": True},
        {"name": "e", "type": "text", "search": True},
    ],
}
PLACEHOLDERS = {"Qqone": "{One}", "qqone": "{one}", "Qqmany": "{Many}", "qqmany": "{many}"}
MARK = re.compile("|".join(PLACEHOLDERS))

#: Longer names are sentences, such as test names, and can't clash with a resource.
MOST_WORDS = 3

HEADER = """\
# Derived by scripts/names.py from the template: run `make names`. Names that no resource can have.
# A place has the patterns of the names that a resource gets there, and the template's own names that fit one.
"""


def derive(template: Template) -> dict[str, Any]:
    """The content of names.yml for a template."""
    places: dict[str, set[str]] = defaultdict(set)
    plurals: set[str] = set()
    paths: set[str] = set()
    resources = [resource.answer() for resource in read_resources([RESOURCE], ReservedNames())]
    with tempfile.TemporaryDirectory(prefix="gowright-names-") as folder:
        # Other features don't change the Go code, the API, or the tables.
        without_go = read_axes(template).without_go
        rest = {each.name: NOTHING for each in template.features() if each.name in without_go}
        for number, variant in enumerate(
            variants(each for each in template.features() if each.name not in rest)
        ):
            project = Path(folder) / str(number)
            template.render({"project_name": "x", "resources": resources, **rest, **variant}, project)
            spec = yaml.load((project / "api" / "openapi.yaml").read_bytes(), Loader=yaml.CSafeLoader)
            for place, names in [*identifiers(project), *components(spec)]:
                places[place] |= names
            paths |= {path.relative_to(project).as_posix() for path in project.rglob("*")}
            plurals |= {name for name in [*routes(spec), *tables(project)] if not MARK.search(name)}
    facts = [template.facts(each.name, value) for each in template.features() for value in each.values]
    return {
        "files": sorted(set(files(paths)) - {RESOURCE["name"]}),
        "plurals": sorted(plurals.union(*(each.tables for each in facts))),
        "prefixes": {each.table_prefix: each.name for each in facts if each.table_prefix},
        "places": {place: found for place in sorted(places) if (found := clashes(places[place]))},
    }


def variants(features: Iterable[Feature]) -> Iterator[Mapping[str, str]]:
    """The default variant, one for each other choice, and one without optional features."""
    features = tuple(features)
    yield {}
    for feature in features:
        yield from ({feature.name: value} for value in feature.values if value != feature.default)
    yield {feature.name: NOTHING for feature in features if NOTHING in feature.values}


def identifiers(project: Path) -> Iterator[tuple[str, set[str]]]:
    """The top-level identifiers of each Go file, and the fields of its structs, by place."""
    for path in project.rglob("*.go"):
        text = path.read_text(encoding="utf-8")
        names = re.findall(r"^(?:func|type|var|const) (\w+)", text, re.M)
        for block in re.findall(r"^(?:type|var|const) \((.*?)^\)", text, re.S | re.M):
            names += re.findall(r"^\t(\w+)\b", block, re.M)
        external = re.search(r"^package \w+_test$", text, re.M)
        place = path.parent.relative_to(project).as_posix() + ("_test" if external else "")
        yield place, set(names)
        for name, block in re.findall(r"^type (\w+) struct \{\n(.*?)^\}", text, re.S | re.M):
            if not MARK.search(name):
                yield f"{place}.{name}", set(re.findall(r"^\t(\w+) ", block, re.M))


def components(spec: Mapping[str, Any]) -> Iterator[tuple[str, set[str]]]:
    """The names of an OpenAPI spec, by place."""
    for kind, named in spec["components"].items():
        yield f"components/{kind}", set(named)
    operations = [each for item in spec["paths"].values() for each in item.values() if isinstance(each, dict)]
    yield "operations", {operation["operationId"] for operation in operations}


def routes(spec: Mapping[str, Any]) -> Iterator[str]:
    """The first segments of the paths in an OpenAPI spec, as plurals of resources."""
    for path in spec["paths"]:
        if path.startswith("/api/v1/"):
            yield path.split("/")[3].replace("-", "_")


def tables(project: Path) -> Iterator[str]:
    """The tables that the migrations of a project create."""
    for path in (project / "migrations").glob("*.sql"):
        yield from re.findall(r'CREATE TABLE "?(\w+)', path.read_text(encoding="utf-8"))


def files(paths: Iterable[str]) -> Iterator[str]:
    """The names of resources whose files would replace files of the template."""
    folders: dict[str, set[str]] = defaultdict(set)
    for path in paths:
        folder, _, name = path.rpartition("/")
        folders[folder].add(name)
    for names in folders.values():
        affixes = {tuple(name.split(RESOURCE["name"])) for name in names if RESOURCE["name"] in name}
        for before, after in affixes:
            own = {name for name in names if name.startswith(before) and name.endswith(after)}
            found = {name.removeprefix(before).removesuffix(after) for name in own}
            yield from (name for name in found if SNAKE_CASE.fullmatch(name) and not build_constraint(name))


def clashes(names: Iterable[str]) -> dict[str, list[str]]:
    """The patterns of a place and the names that match one; empty if no clash is possible."""
    marked = {MARK.sub(lambda m: PLACEHOLDERS[m[0]], name) for name in names if MARK.search(name)}
    # Names of enums have several parts and aren't in the table.
    patterns = {name for name in marked if "qq" not in name.lower() and words(name) < MOST_WORDS}
    own = {name for name in names if not MARK.search(name) and words(name) <= MOST_WORDS}
    taken = {name for name in own if any(re.fullmatch(expression(each), name) for each in patterns)}
    if patterns and (taken or len(patterns) > 1):
        return {"patterns": sorted(patterns), "taken": sorted(taken)}
    return {}


def words(name: str) -> int:
    """The number of words in an identifier or a pattern, without placeholders."""
    return len(re.findall(r"[A-Z]?[a-z0-9]+", re.sub(r"\{\w+\}", "", name)))


def expression(pattern: str) -> str:
    """A regular expression for what a pattern can become."""
    parts = re.split(r"(\{\w+\})", pattern)
    kinds = {"{One}": "[A-Z]", "{Many}": "[A-Z]", "{one}": "[a-z]", "{many}": "[a-z]"}
    return "".join(f"{kinds[part]}[A-Za-z0-9]*" if part in kinds else re.escape(part) for part in parts)


def text(names: Mapping[str, Any]) -> str:
    """The text of names.yml."""
    return HEADER + yaml.safe_dump(dict(names), sort_keys=False, default_flow_style=None, width=110)


def main() -> int:
    """Derive names.yml, then write or check it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    path = ROOT / FILE
    derived = text(derive(Template(ROOT)))
    if path.exists() and path.read_text(encoding="utf-8") == derived:
        return 0
    print(f"{FILE} {'is stale: run make names' if check else 'written'}", file=sys.stderr)
    if not check:
        path.write_text(derived, encoding="utf-8")
    return 1 if check else 0


if __name__ == "__main__":
    raise SystemExit(main())
