"""go.mod and go.sum, merged by their meaning."""

from __future__ import annotations

import random

import pytest

from gowright.model.go_modules import merge_go_mod, merge_go_sum, version_order
from tests.helpers import ROOT

BASE = """\
module example.com/shop

go 1.26

require (
	example.com/a v1.2.0
	example.com/c v1.0.0
)

require (
	example.com/x v0.1.0 // indirect
	example.com/y v0.1.0 // indirect
)
"""


def merged(ours: str, theirs: str, base: str = BASE) -> str | None:
    result = merge_go_mod(base.encode(), ours.encode(), theirs.encode())
    return None if result is None else result.decode()


def test_a_requirement_of_both_has_the_higher_version() -> None:
    ours = BASE.replace("a v1.2.0", "a v1.10.0").replace("c v1.0.0", "c v1.1.0")
    theirs = BASE.replace("a v1.2.0", "a v1.9.0").replace("c v1.0.0", "c v1.2.0")
    assert merged(ours, theirs) == BASE.replace("a v1.2.0", "a v1.10.0").replace("c v1.0.0", "c v1.2.0")


def test_requirements_of_both_sides_are_there_in_order() -> None:
    ours = BASE.replace("\texample.com/c", "\texample.com/b v1.0.0 // why the team needs it\n\texample.com/c")
    theirs = BASE.replace("c v1.0.0\n", "c v1.0.0\n\texample.com/d v1.0.0\n").replace(
        "\texample.com/y", "\texample.com/w v1.0.0 // indirect\n\texample.com/y"
    )
    assert merged(ours, theirs) == BASE.replace(
        "\texample.com/c v1.0.0\n",
        "\texample.com/b v1.0.0 // why the team needs it\n\texample.com/c v1.0.0\n\texample.com/d v1.0.0\n",
    ).replace("\texample.com/x", "\texample.com/w v1.0.0 // indirect\n\texample.com/x")


def test_a_requirement_that_the_template_drops_stays() -> None:
    ours = BASE.replace("a v1.2.0", "a v1.3.0")
    assert merged(ours, BASE.replace("\texample.com/c v1.0.0\n", "")) == ours


def test_a_requirement_that_becomes_direct_loses_its_comment() -> None:
    ours = BASE.replace("a v1.2.0", "a v1.3.0")
    theirs = BASE.replace("x v0.1.0 // indirect", "x v0.2.0")
    result = merged(ours, theirs)
    assert result
    assert "\texample.com/x v0.2.0\n" in result


def test_the_teams_other_lines_stay() -> None:
    lines = (
        "replace example.com/a => ../a\n\nexclude example.com/c v1.1.0\n\nretract v1.0.1 // published by mistake\n\n"
        "tool example.com/tool/cmd\n\n// a comment of the team\n"
    )
    result = merged(f"{BASE}\n{lines}", BASE.replace("go 1.26", "go 1.27"))
    assert result == f"{BASE}\n{lines}".replace("go 1.26", "go 1.27")


def test_other_lines_of_the_template_are_added_and_removed() -> None:
    ours = BASE.replace("a v1.2.0", "a v1.3.0")
    with_tool = f"{BASE}\ntool example.com/tool/cmd\n"
    assert merged(ours, with_tool) == f"{ours}\ntool example.com/tool/cmd\n"
    result = merged(f"{ours}\ntool example.com/tool/cmd\n", BASE, with_tool)
    assert result
    assert "tool" not in result


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (
            BASE.replace("example.com/shop", "example.com/mine"),
            BASE.replace("example.com/shop", "example.com/new"),
        ),
        (f"{BASE}<<<<<<< yours\n", BASE),
        (f"{BASE}require example.com/a\n", BASE),
    ],
)
def test_what_has_no_meaning_is_left_to_git(ours: str, theirs: str) -> None:
    assert merged(ours, theirs) is None


def test_sums_are_united_in_the_order_of_go() -> None:
    text = (ROOT / "lock" / "go.sum").read_bytes()
    lines = text.splitlines(keepends=True)
    random.Random(1).shuffle(lines)
    half = len(lines) // 2
    assert merge_go_sum(b"", b"".join(lines[: half + 9]), b"".join(lines[half:])) == text


def test_versions_are_ordered_as_semantic_versions() -> None:
    ordered = [
        "v0.0.0-20200101000000-abcdefabcdef", "v1.0.0-alpha", "v1.0.0-alpha.1", "v1.0.0-alpha.beta", "v1.0.0-beta.2",
        "v1.0.0-beta.11", "v1.0.0-rc.1", "v1.0.0", "v1.2.0", "v1.10.0", "v2.0.0+incompatible",
    ]  # fmt: skip
    shuffled = random.Random(1).sample(ordered, len(ordered))
    assert sorted(shuffled, key=version_order) == ordered


def test_the_file_of_this_repository_is_read() -> None:
    text = (ROOT / "lock" / "go.mod").read_text()
    assert merged(text, text + "\n// comment\n", text) == text
