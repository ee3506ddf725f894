"""Counts of mentions of a choice outside its own files."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from scripts import mentions
from scripts.mentions import Choice, Count, choices, count

from tests.helpers import ROOT, build_tree

FEATURE = """\
color:
  choices: {Red: red, Crimson: dark-red, None: none}
  default: red
_exclude:
  - |
    [% if color|default("red") != "red" %]
    /own/red.go
    [% endif %]
    [% if "warm" not in traits|default([]) %]
    /warm
    [% endif %]
"""


#: The feature itself and the other choice's folder, whose name holds the word.
ALWAYS = 2


def choice(root: Path, files: dict[str, str], name: str = "red") -> Choice:
    build_tree(
        root,
        {
            "copier.yml": "--- !include choices/color/feature.yml\n",
            "choices/color/feature.yml": FEATURE,
            "choices/color/red/facts.yml": "name: Red\ntraits: [warm]\n",
            "choices/color/dark-red/facts.yml": "name: Dusk\ntraits: [warm]\n",
        }
        | files,
    )
    return next(each for each in choices(root) if each.name == name)


@pytest.mark.parametrize(
    "path",
    [
        "choices/color/red/x.jinja",
        "template/own/red.go.jinja",
        "src/gowright/verify/backends/color/red.py",
        "src/gowright/verify/backends/color/red_server.py",
    ],
)
def test_mentions_in_its_own_folder_do_not_count(tmp_path: Path, path: str) -> None:
    assert count(choice(tmp_path, {path: "red = 1\n"})) == Count(files=ALWAYS, python=0, conditionals=1)


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("template/a.jinja", "It is red.\n", Count(ALWAYS + 1, 0, 1)),
        ("template/a.jinja", '[% if color == "red" %]red[% endif %]\n', Count(ALWAYS + 1, 0, 2)),
        ("template/a.jinja", "RED_URL\n", Count(ALWAYS + 1, 0, 1)),
        ("template/a.jinja", "bored\n", Count(ALWAYS, 0, 1)),
        ("template/red.txt", "\n", Count(ALWAYS + 1, 0, 1)),
        ("template/warm/a.txt", "red\n", Count(ALWAYS + 1, 0, 1)),
        ("src/a.py", 'x = "red"\n', Count(ALWAYS + 1, 1, 2)),
        ("tests/a.py", 'x = "red"\n', Count(ALWAYS, 0, 1)),
        ("src/gowright/verify/backends/color/dark_red.py", "", Count(ALWAYS + 1, 1, 1)),
    ],
)
def test_mentions_elsewhere_count(tmp_path: Path, path: str, text: str, expected: Count) -> None:
    assert count(choice(tmp_path, {path: text})) == expected


def test_a_ceiling_can_only_fall() -> None:
    counted = {"red": Count(2, 0, 1), "blue": Count(1, 1, 1)}
    ceilings = {"red": {"files": 1, "python": 1, "conditionals": 1}}
    assert list(mentions.problems({"red": counted["red"]}, ceilings)) == [
        "red: 2 files, and the ceiling is 1",
        "red: 0 python; lower the ceiling of 1: --lower",
    ]
    assert mentions.lowered(counted, ceilings) == {
        "red": {"files": 1, "python": 0, "conditionals": 1},
        "blue": {"files": 1, "python": 1, "conditionals": 1},
    }


def test_every_choice_has_a_ceiling() -> None:
    ceilings = yaml.safe_load(mentions.CEILINGS.read_text(encoding="utf-8"))
    assert set(ceilings) == {each.name for each in choices(ROOT)}
