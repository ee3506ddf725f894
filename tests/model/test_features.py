from __future__ import annotations

from pathlib import Path

import pytest

from gowright.model.features import read_documents, read_features
from gowright.model.presets import read_presets
from gowright.model.template import Template


def test_features_are_the_questions_with_choices(toy: Template) -> None:
    color, lid = toy.features()
    assert (color.name, color.flag, color.default, color.values) == (
        "color",
        "--color",
        "red",
        ("red", "green"),
    )
    assert lid.choices[0].label == "with a lid"


def test_computed_questions_are_not_features(tmp_path: Path) -> None:
    path = tmp_path / "copier.yml"
    path.write_text("sum: {type: yaml, when: false, default: '1'}\n")
    assert read_features(path) == ()


def test_features_can_be_included_files(tmp_path: Path) -> None:
    path = tmp_path / "copier.yml"
    path.write_text("--- !include choices/b/feature.yml\n--- !include choices/a/feature.yml\n")
    for name in "ab":
        (tmp_path / "choices" / name).mkdir(parents=True)
        (tmp_path / "choices" / name / "feature.yml").write_text(
            f"{name}: {{choices: {{One: one}}, default: one}}\n_exclude: [/{name}]\n"
        )
    assert [feature.name for feature in read_features(path)] == ["b", "a"]
    assert [document["_exclude"] for document in read_documents(path)] == [["/b"], ["/a"]]


@pytest.mark.parametrize(
    "question",
    [
        "{type: bool}",
        "{choices: {A: a, B: b}, default: b}",
        "5",
        "{choices: {A: '[[ a ]]'}, default: '[[ a ]]'}",
    ],
)
def test_a_question_without_a_possible_flag_is_not_a_feature(tmp_path: Path, question: str) -> None:
    path = tmp_path / "copier.yml"
    path.write_text(f"odd: {question}\n")
    assert read_features(path) == ()
    assert [each.name for each in Template(tmp_path).own_questions()] == ["odd"]


def test_every_question_of_the_template_is_a_feature(head: Template, toy: Template) -> None:
    assert head.own_questions() == ()
    assert toy.own_questions() == ()


def test_a_preset_is_complete(toy: Template) -> None:
    bare, usual = toy.presets()
    assert bare.answers == {"color": "red", "lid": "none"}
    assert usual.answers == {"color": "red", "lid": "lid"}


def test_a_template_may_have_no_presets(tmp_path: Path) -> None:
    assert read_presets(tmp_path / "presets.yml", {}) == ()
