"""A generated project on disk."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from gowright.errors import BadAnswer, ToolError, escape
from gowright.model.facts import Facts
from gowright.model.features import HISTORY, PROJECT_QUESTIONS
from gowright.model.resources.resource import Resource, read_resource
from gowright.model.source import read_recorded, unreadable
from gowright.model.template import ANSWERS_FILE, Template


@dataclass(frozen=True)
class Project:
    """A project and its answers.

    Attributes:
        root: its folder.
        answers: the recorded answers.
        resources: its resources.
    """

    root: Path
    answers: Mapping[str, Any]
    resources: tuple[Resource, ...]

    @property
    def name(self) -> str:
        """The project name."""
        return str(self.answers.get("project_name", self.root.name))

    @property
    def release(self) -> str:
        """The release of the template that the project has, such as 0.4.0.

        Raises:
            ToolError: if the answers don't contain it.
        """
        version = str(self.answers.get("_commit", ""))
        if not re.fullmatch(r"v[0-9]+(\.[0-9]+)+([.\-+][A-Za-z0-9.\-+]+)?", version):
            raise unreadable(self.root / ANSWERS_FILE, "_commit is not a release, such as v0.4.0")
        return version.removeprefix("v")

    @property
    def choices(self) -> dict[str, str]:
        """The choice of each feature."""
        return {
            name: str(value)
            for name, value in self.answers.items()
            if not name.startswith("_") and name not in (*PROJECT_QUESTIONS, HISTORY)
        }

    @cached_property
    def facts(self) -> dict[str, Facts]:
        """The facts of the choice of each feature, as the newest template has them."""
        template = Template.head()
        return {feature: template.facts(feature, choice) for feature, choice in self.choices.items()}

    @cached_property
    def traits(self) -> frozenset[str]:
        """What the choices make of the service; see choices/README.md."""
        return frozenset().union(*(facts.traits for facts in self.facts.values()))


def read_project(root: Path) -> Project:
    """Read the project in a folder.

    Raises:
        ToolError: if the folder contains no project, or its answers file can't be read.
    """
    answers = read_recorded(root)
    if not (root / "go.mod").is_file():
        raise ToolError(
            "not-a-project",
            f"{escape(root, 200)} is not a generated project",
            why="it has no go.mod",
            fix="run the command in the folder of a project, or pass the path of one",
        )
    try:
        resources = tuple(read_resource(each) for each in answers.get("resources") or ())
    except (AttributeError, TypeError) as error:
        raise unreadable(root / ANSWERS_FILE, str(error).partition("\n")[0]) from error
    except BadAnswer as error:
        raise unreadable(root / ANSWERS_FILE, error.what) from error
    return Project(root=root.resolve(), answers=answers, resources=resources)
