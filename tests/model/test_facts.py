from __future__ import annotations

import re
from pathlib import Path

import pytest

from gowright.model.facts import Facts, read_facts
from gowright.model.template import Template
from tests.helpers import ROOT, build_tree

CHOICES = [
    (feature.name, choice.value) for feature in Template.head().features() for choice in feature.choices
]


def facts(root: Path, text: str, choice: str = "red") -> Facts:
    return read_facts(build_tree(root, {"choices/color/red/facts.yml": text}), "color", choice)


def test_facts_are_read(tmp_path: Path) -> None:
    found = facts(
        tmp_path,
        """\
name: Red
traits: [warm]
server: {service: red, image: "red:1", port: 1, address: there, waits: true}
topic: Redness
tables: [reds]
table_prefix: r_
variables: [{name: RED, help: How red., secret: true, default: "1"}]
""",
    )
    assert (found.name, found.family, found.topic) == ("Red", "red", "Redness")
    assert found.traits == {"warm"}
    assert (found.tables, found.table_prefix) == (("reds",), "r_")
    assert found.server is not None
    assert (found.server.image, found.server.waits, found.server.variable) == ("red:1", True, "")
    assert [(each.name, each.secret, each.default) for each in found.variables] == [("RED", True, "1")]


def test_a_choice_without_facts_has_its_name(tmp_path: Path) -> None:
    assert facts(tmp_path, "", "blue") == Facts(name="blue", family="blue")


def test_a_choice_has_the_facts_of_its_family(tmp_path: Path) -> None:
    build_tree(tmp_path, {"choices/color/pink/facts.yml": "name: Pink\nfamily: red\n"})
    found = facts(tmp_path, "name: Red\ntraits: [warm]\n", "pink")
    assert found == Facts(name="Pink", family="red", traits=frozenset({"warm"}))


@pytest.mark.parametrize("text", ["name: Red\nsize: 1\n", "name: Red\nvariables: [{name: RED}]\n"])
def test_an_unknown_or_missing_key_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(TypeError):
        facts(tmp_path, text)


@pytest.mark.parametrize(("feature", "choice"), CHOICES)
def test_the_facts_of_the_template_are_complete(feature: str, choice: str) -> None:
    found = read_facts(ROOT, feature, choice)
    names = {variable.name for variable in found.variables}
    assert len(names) == len(found.variables)
    assert bool(found.topic) is bool(found.variables)
    for variable in found.variables:
        assert re.fullmatch(r"[A-Z][A-Z0-9_]*", variable.name)
        # A file has another path in a container, where it needs a volume.
        assert bool(variable.local) is (bool(variable.compose) and "file" not in found.traits)
        assert variable.example or not variable.required
    if found.server:
        assert not found.server.variable or found.server.variable in names


def test_the_reference_lists_every_trait() -> None:
    traits = {trait for feature, choice in CHOICES for trait in read_facts(ROOT, feature, choice).traits}
    listed = (ROOT / "choices" / "README.md").read_text(encoding="utf-8").partition("## Traits")[2]
    rows = re.findall(r"^\| (`.*?) \|", listed, re.M)
    assert set(re.findall(r"`(\w+)`", " ".join(rows))) == traits | {"stored", "scalable"}
