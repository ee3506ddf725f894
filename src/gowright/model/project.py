"""A generated project on disk."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from gowright.errors import BadAnswer, ToolError
from gowright.model.facts import Facts
from gowright.model.features import HISTORY, PROJECT_QUESTIONS
from gowright.model.resources.resource import Resource, read_resource
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
            raise _unreadable(self.root / ANSWERS_FILE, "_commit is not a release, such as v0.4.0")
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
    file = root / ANSWERS_FILE
    if not file.is_file() or not (root / "go.mod").is_file():
        missing = ANSWERS_FILE if not file.is_file() else "go.mod"
        raise ToolError(
            "not-a-project",
            f"{root} is not a generated project",
            why=f"it has no {missing}",
            fix="pass the folder of a project: gowright verify PATH",
        )
    try:
        answers = yaml.safe_load(file.read_text(encoding="utf-8"))
        raw = answers.get("resources") or ()
        resources = tuple(read_resource(each) for each in raw)
    except (yaml.YAMLError, OSError, UnicodeDecodeError, AttributeError, TypeError) as error:
        raise _unreadable(file, str(error).partition("\n")[0]) from error
    except BadAnswer as error:
        raise _unreadable(file, error.what) from error
    return Project(root=root.resolve(), answers=answers, resources=resources)


def _unreadable(file: Path, why: str) -> ToolError:
    return ToolError(
        "not-a-project", f"cannot read {file}", why=why, fix=f"restore it: git checkout -- {ANSWERS_FILE}"
    )
