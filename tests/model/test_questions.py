"""Questions that aren't features."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from gowright.errors import BadAnswer
from gowright.model.questions import Question, read_answer, read_questions


@pytest.mark.parametrize(
    ("raw", "question"),
    [
        ("{type: str}", Question("x", "str")),
        ("5", Question("x", "int")),
        ("true", Question("x", "bool")),
        ("{default: 0.5}", Question("x", "float")),
        ("{default: [1]}", Question("x", "yaml")),
        ("{default: a, choices: [a, b]}", Question("x", "str", ("a", "b"))),
        ("{type: int, choices: {One: 1, Two: 2}}", Question("x", "int", (1, 2))),
        ("{type: int, choices: [[One, 1], [Two, 2]]}", Question("x", "int", (1, 2))),
        ("{type: str, choices: [a, '[[ b ]]']}", Question("x", "str")),
        ("{type: str, choices: '[[ all ]]'}", Question("x", "str")),
        ("{type: str, choices: {A: {value: a, validator: x}}}", Question("x", "str")),
        ("{type: str, multiselect: true, choices: [a]}", Question("x", "str", ("a",), True)),
    ],
)
def test_a_question_has_a_type_and_values(raw: str, question: Question) -> None:
    assert read_questions([{"x": yaml.safe_load(raw), "_exclude": ["x"]}]) == (question,)


def test_answers_that_the_template_computes_are_not_asked_for() -> None:
    assert read_questions([{"x": {"when": False}, "y": {"ask": False}}]) == ()


@pytest.mark.parametrize(
    ("kind", "given", "answer"),
    [
        ("str", "yes", "yes"),
        ("bool", "Yes", True),
        ("bool", False, False),
        ("int", "05", 5),
        ("int", 5, 5),
        ("float", "0.5", 0.5),
        ("float", 2, 2.0),
        ("yaml", "{a: [1]}", {"a": [1]}),
        ("json", '{"a": null}', {"a": None}),
        ("yaml", [1], [1]),
        ("[[ kind ]]", "x", "x"),
    ],
)
def test_an_answer_gets_its_type(kind: str, given: Any, answer: object) -> None:
    found = read_answer(Question("x", kind), given, "x")
    assert found == answer
    assert type(found) is type(answer)


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        ("str", 5, "x is a number, not a string"),
        ("bool", "perhaps", "x: perhaps is not a boolean"),
        ("bool", None, "is not a boolean"),
        ("int", "1.5", "x: 1.5 is not a number"),
        ("int", True, "is not a number"),
        ("yaml", "[", "x: [ is not YAML"),
    ],
)
def test_an_answer_of_another_type_is_refused(kind: str, given: Any, said: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        read_answer(Question("x", kind), given, "x")
    assert said in caught.value.what
    assert caught.value.fix
