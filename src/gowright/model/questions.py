"""The questions of a template that aren't features, such as those that a team adds to its fork."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from gowright.errors import BadAnswer, escape
from gowright.model.resources.names import nearest
from gowright.model.resources.rules import type_name

#: Texts of booleans, as Copier reads them.
_BOOLEANS = {
    **dict.fromkeys(("y", "yes", "t", "true", "on", "1"), True),
    **dict.fromkeys(("n", "no", "f", "false", "off", "0"), False),
}


@dataclass(frozen=True, slots=True)
class Question:
    """A question of any Copier template.

    Attributes:
        name: its name.
        type: the type of its answer, in the words of Copier; another word is a template.
        values: the possible answers, if they're known before the template is rendered.
        several: whether the answer is a list of them.
    """

    name: str
    type: str
    values: tuple[Any, ...] = ()
    several: bool = False


def read_questions(documents: Iterable[Mapping[str, Any]]) -> tuple[Question, ...]:
    """Return the questions that a template asks, without those whose answers it computes or only records.

    Args:
        documents: the documents of its copier.yml.
    """
    asked: dict[str, Any] = {}
    for document in documents:
        asked |= {name: each for name, each in document.items() if not name.startswith("_")}
    return tuple(_question(name, each) for name, each in asked.items() if not computed(each))


def computed(question: Any) -> bool:
    """Report whether the template computes the answer to a question, or only records it."""
    return isinstance(question, dict) and (question.get("when") is False or question.get("ask") is False)


def _question(name: str, raw: Any) -> Question:
    details = raw if isinstance(raw, dict) else {"default": raw}
    default = details.get("default")
    named = {str: "str", bool: "bool", int: "int", float: "float"}.get(type(default), "yaml")
    choices = details.get("choices")
    if isinstance(choices, dict):
        choices = list(choices.values())
    # A pair is a label with a value.
    listed = (
        [each[-1] if isinstance(each, list) else each for each in choices]
        if isinstance(choices, list)
        else []
    )
    static = listed and not any(isinstance(each, dict) or templated(each) for each in listed)
    return Question(
        name,
        str(details.get("type") or named),
        tuple(listed) if static else (),
        bool(details.get("multiselect")),
    )


def templated(value: Any) -> bool:
    """Report whether a value of a copier.yml is a template, with the usual delimiters."""
    return isinstance(value, str) and any(mark in value for mark in ("{{", "{%", "[[", "[%"))


def read_answer(question: Question, value: Any, label: str) -> Any:
    """Return the answer to a question, with its type.

    Args:
        question: the question.
        value: the answer, or its text on the command line.
        label: the name of the question in messages.

    Raises:
        BadAnswer: if the answer has another type, or isn't one of the choices.
    """
    if question.several:
        answer = _parsed(value, yaml.safe_load, label, "a list", "[one, two]")
        if not isinstance(answer, list):
            raise _wrong_type(value, label, "a list", "[one, two]")
        for each in answer:
            _refuse_unknown(question, each, label)
        return answer
    answer = _typed(question.type, value, label)
    _refuse_unknown(question, answer, label)
    return answer


def _typed(kind: str, value: Any, label: str) -> Any:
    match kind:
        case "str" | "path":
            if not isinstance(value, str):
                raise BadAnswer(
                    "wrong-type",
                    f"{label} is {type_name(value)}, not a string",
                    why="YAML parses yes, no, on, and off as booleans, and 1.0 as a number",
                    fix="put the value in quotes",
                )
            return value
        case "bool":
            found = value if isinstance(value, bool) else _BOOLEANS.get(str(value).strip().lower())
            if found is None:
                raise _wrong_type(value, label, "a boolean", "true")
            return found
        case "int" | "float":
            if isinstance(value, bool):
                raise _wrong_type(value, label, "a number", "5")
            whole = kind == "int"
            return _parsed(str(value), int if whole else float, label, "a number", "5" if whole else "0.5")
        case "json" | "yaml":
            return _parsed(value, yaml.safe_load, label, kind.upper(), "[1, 2]")
    return value  # the type is a template, and Copier checks the answer


def _parsed(value: Any, parse: Callable[[str], Any], label: str, what: str, example: str) -> Any:
    try:
        return parse(value) if isinstance(value, str) else value
    except (ValueError, yaml.YAMLError) as error:
        raise _wrong_type(value, label, what, example) from error


def _wrong_type(value: Any, label: str, what: str, example: str) -> BadAnswer:
    text = escape(value, 30) if isinstance(value, str) else type_name(value)
    return BadAnswer("wrong-type", f"{label}: {text} is not {what}", fix=f"write a value such as {example}")


def _refuse_unknown(question: Question, answer: Any, label: str) -> None:
    if question.values and answer not in question.values:
        known = [str(each) for each in question.values]
        near = nearest(str(answer), known)
        raise BadAnswer(
            "unknown-choice",
            f"{label}: {escape(answer, 30) or 'an empty value'} is not a choice",
            why=f"choices are {', '.join(known)}",
            fix=f"write {near or known[0]}",
        )
