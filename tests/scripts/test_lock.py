"""The derived go.mod and go.sum are exact, for combinations taken at random."""

from __future__ import annotations

import os
import random
import re
import subprocess
from datetime import date
from pathlib import Path

import pytest
from scripts.lock import RESOURCE_AXES, Axis, Combinations

from gowright.matrix.axes import read_axes
from gowright.model.template import Template
from tests.helpers import ROOT

RESOURCES = [
    {
        "name": "order",
        "plural": "orders",
        "fields": [
            {"name": "customer", "type": "string", "required": True, "index": True},
            {"name": "price", "type": "decimal", "min": 0},
            {"name": "ship_on", "type": "date"},
        ],
    },
    {
        "name": "shipment",
        "plural": "shipments",
        "fields": [{"name": "tracking_code", "type": "string", "required": True, "unique": True}],
    },
]


def combination(seed: int) -> dict[str, object]:
    """A combination of every feature's choices and of resources, drawn from the seed."""
    draw = random.Random(seed)
    excluded = read_axes(Template.head()).excluded
    answers: dict[str, object] = {}
    while not answers or any(rule.items() <= answers.items() for rule in excluded):
        answers = {feature.name: draw.choice(feature.choices).value for feature in Template.head().features()}
    answers |= {"project_name": "service", "module_path": "example.com/service", "description": "A service."}
    answers["resources"] = draw.choice([[], RESOURCES, RESOURCES[1:]])
    return answers


@pytest.mark.parametrize(
    ("file", "pattern"), [("go.mod", r"^\t(\S+ v\S+)"), ("go.sum", r"^(\S+ v\S+ h1:\S+)$")]
)
def test_the_template_has_the_versions_of_the_lock(file: str, pattern: str) -> None:
    template = re.findall(pattern, (ROOT / f"template/{file}.jinja").read_text(), re.M)
    lock = re.findall(pattern, (ROOT / "lock" / file).read_text(), re.M)
    assert template
    assert set(template) == set(lock), f"derive {file} again: make lock"


def test_each_part_of_a_condition_is_tested_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.lock.CANDIDATES", 200)
    axes = [Axis("http", ("a", "b", "c")), Axis("cache", ("a", "b")), Axis("logger", ("a", "b", "c"))]
    condition = ('http == "a"', 'cache == "a" and logger == "b"')
    rows = Combinations([*axes, *RESOURCE_AXES], {}).probing(({"line": condition}, {}), [])
    held = {(row["http"] == "a", row["cache"] == "a" and row["logger"] == "b") for row in rows}
    assert {(True, False), (False, True), (False, False)} <= held
    known = Combinations([*axes, *RESOURCE_AXES], {}).probing(({"line": condition}, {}), rows)
    assert known == []


# The day's seed, so that every run looks at other combinations; it stands in the test's name.
@pytest.mark.go
@pytest.mark.usefixtures("go_caches")
@pytest.mark.parametrize("seed", random.Random(date.today().toordinal()).sample(range(1_000_000), 4))
def test_a_random_combination_is_tidy_and_verified(seed: int, tmp_path: Path) -> None:
    project = tmp_path / "service"
    Template.head().render(combination(seed), project)
    environment = os.environ | {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod", "GOWORK": "off"}
    for arguments in (["mod", "tidy", "-diff"], ["mod", "verify"]):
        result = subprocess.run(
            ["go", *arguments], cwd=project, env=environment, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, (
            f"go {' '.join(arguments)}: {combination(seed)}\n{result.stdout}{result.stderr}"
        )
