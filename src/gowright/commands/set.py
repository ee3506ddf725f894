"""`set`: changes answers of a project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gowright.commands.change import change
from gowright.commands.change_options import Options
from gowright.commands.evolution import Evolving
from gowright.errors import BadAnswer, escape
from gowright.model.answers import check_answers
from gowright.model.features import HISTORY
from gowright.model.ledger import Ledger
from gowright.model.resources.names import did_you_mean, nearest
from gowright.model.source import generated_project, questions
from gowright.model.template import Template

#: Answers that can't be set, with the reason and the way out.
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


def set_answers(
    folder: Path,
    assignments: Sequence[str],
    *,
    drop: bool = False,
    options: Options | None = None,
) -> Ledger:
    """Change answers of a project, such as the choice of a feature.

    Args:
        folder: the folder of the project.
        assignments: the answers, each as NAME=VALUE.
        drop: whether to delete tables and columns that the service stops using.
        options: how the change is made.

    Raises:
        BadAnswer: for an unknown question or choice.
        ToolError: if the project can't be changed. Then nothing was touched.
    """
    given = _parse(assignments)
    with generated_project(folder) as project:
        checked = _check(given, project.template)
        options = options or Options()
        if not options.what:
            release = project.template.release
            options = replace(options, what=f"set {' '.join(assignments)} with gowright {release}")
        return change(
            project,
            project.answers | checked,
            project.template,
            evolving=Evolving(drop=drop),
            options=options,
        )


def _parse(assignments: Sequence[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        name = name.strip().removeprefix("--").replace("-", "_")
        if not equals or not name:
            raise BadAnswer(
                "bad-assignment",
                f"{escape(assignment)} is not FEATURE=CHOICE",
                fix="write, for example, cache=none; to list the choices, run gowright list features",
            )
        if name in given:
            raise BadAnswer(
                "bad-assignment", f"{escape(name)} is given twice", fix="give each feature one choice"
            )
        given[name] = value
    return given


def _check(given: Mapping[str, str], template: Template) -> dict[str, Any]:
    """Check answers as `new` does; those of a template of another kind are checked by Copier."""
    known = questions(template)
    for name in given:
        if name in _FIXED and name in known:
            why, fix = _FIXED[name]
            raise BadAnswer("fixed-answer", f"{name} can't be changed with gowright set", why=why, fix=fix)
        if name not in known:
            settable = [each for each in known if each not in _FIXED]
            raise BadAnswer(
                "unknown-question",
                f"{escape(name)} is not a feature",
                why=f"features are {', '.join(settable)}",
                fix=f"gowright list features{did_you_mean(name, settable)}",
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
    return check_answers(given, template.known_features()) if template.known_features() else dict(given)
