"""Answers on the command line, each as NAME=VALUE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gowright.errors import BadAnswer, escape
from gowright.model.answers import check_answers
from gowright.model.features import HISTORY
from gowright.model.resources.names import did_you_mean, nearest
from gowright.model.source import questions
from gowright.model.template import SOURCE, Template

#: Answers of a project that can't be changed, with the reason and the way out.
_FIXED = {
    "project_name": (
        "databases, images, and deployed objects are named after it, and renaming them loses their data",
        "generate a new project with the new name, and move your code there",
    ),
    "module_path": (
        "your own Go files import packages by it, and only the template's files would change",
        "rename it with git grep and sed in all files, including .copier-answers.yml, and commit",
    ),
    "resources": (
        "the schema of the database depends on it",
        "run gowright add resource, gowright remove resource, or the like",
    ),
    HISTORY: (
        "it records which migrations exist",
        "don't edit it; commands that change resources do",
    ),
}


def read_assignments(texts: Sequence[str], form: str) -> dict[str, str]:
    """Return answers by question, unchecked.

    Args:
        texts: the answers, each as NAME=VALUE.
        form: how they're written, for messages.

    Raises:
        BadAnswer: for another form, or a question with two answers.
    """
    given: dict[str, str] = {}
    for assignment in texts:
        name, equals, value = assignment.partition("=")
        name = name.strip().removeprefix("--").replace("-", "_")
        if not equals or not name:
            raise BadAnswer(
                "bad-assignment",
                f"{escape(assignment)} is not {form}",
                fix="write, for example, cache=none; to list the choices, run gowright list features",
            )
        if name in given:
            raise BadAnswer(
                "bad-assignment", f"{escape(name)} is given twice", fix="give each question one answer"
            )
        given[name] = value
    return given


def check_assignments(given: Mapping[str, str], template: Template) -> dict[str, Any]:
    """Check answers that change in a project, and return them with their types.

    Args:
        given: answers by question.
        template: the template that asks the questions.

    Raises:
        BadAnswer: for an unknown question, one that can't be changed, or an invalid answer.
    """
    known = questions(template)
    for name in given:
        if name in _FIXED and name in known:
            why, fix = _FIXED[name]
            raise BadAnswer("fixed-answer", f"{name} can't be changed", why=why, fix=fix)
        if name not in known:
            settable = [each for each in known if each not in _FIXED]
            # The list is that of this package's template.
            listing = "gowright list features" if template.source == SOURCE else "name one of them"
            raise BadAnswer(
                "unknown-question",
                f"{escape(name)} is not a feature",
                why=f"features are {', '.join(settable)}",
                fix=f"{listing}{did_you_mean(name, settable)}",
            )
    for feature in template.known_features():
        if feature.name in given and given[feature.name] not in feature.values:
            near = nearest(given[feature.name], feature.values) or feature.default
            raise BadAnswer(
                "unknown-choice",
                f"{escape(given[feature.name], 30) or 'an empty value'} is not a choice of {feature.name}",
                why=f"choices are {', '.join(feature.values)}",
                fix=f"write {feature.name}={near}",
            )
    return check_answers(given, template.known_features(), own=template.own_questions())
