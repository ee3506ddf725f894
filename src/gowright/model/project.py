"""The project under proof, as its answers file describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from gowright.errors import ToolError
from gowright.model.template import ANSWERS_FILE




@dataclass(frozen=True, slots=True)
class Field:
    """One field of a resource."""

    name: str
    type: str
    required: bool
    unique: bool
    index: bool
    min: Any = None
    max: Any = None
    enum: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource, and where it is served."""

    name: str
    path: str
    fields: tuple[Field, ...]

    def field_of(self, *types: str) -> Field | None:
        """The first field of one of these types."""
        return next((field for field in self.fields if field.type in types), None)

    @property
    def unique(self) -> tuple[Field, ...]:
        """The fields of which no two objects share a value."""
        return tuple(field for field in self.fields if field.unique)

    @property
    def filters(self) -> tuple[Field, ...]:
        """The fields that a list can be filtered by."""
        return tuple(field for field in self.fields if field.index or field.unique)


@dataclass(frozen=True, slots=True)
class Project:
    """The answers that a project was generated from."""

    root: Path
    answers: Mapping[str, Any]
    resources: tuple[Resource, ...]

    @property
    def name(self) -> str:
        """The project's name."""
        return str(self.answers.get("project_name", self.root.name))

    def has(self, feature: str, *choices: str) -> bool:
        """Whether the feature's choice is one of these; without choices, any but none."""
        choice = self.answers.get(feature, "none")
        return choice in choices if choices else choice != "none"


def read_project(root: Path) -> Project:
    """The project in a directory.

    Raises:
        ToolError: when the directory holds no project.
    """
    file = root / ANSWERS_FILE
    if not file.is_file() or not (root / "go.mod").is_file():
        missing = ANSWERS_FILE if not file.is_file() else "go.mod"
        raise ToolError(
            "not-a-project",
            f"{root} is not a generated project",
            why=f"it holds no {missing}",
            fix="name the folder of a project: gowright verify PATH",
        )
    try:
        answers = yaml.safe_load(file.read_text(encoding="utf-8"))
        resources = tuple(_resource(each) for each in answers.get("resources") or ())
    except (
        yaml.YAMLError,
        OSError,
        UnicodeDecodeError,
        AttributeError,
        KeyError,
        TypeError,
    ) as error:
        raise ToolError(
            "not-a-project",
            f"cannot read {file}",
            why=str(error).partition("\n")[0],
            fix=f"restore it: git checkout -- {ANSWERS_FILE}",
        ) from error
    return Project(root=root.resolve(), answers=answers, resources=resources)


def _resource(answer: Mapping[str, Any]) -> Resource:
    return Resource(
        name=str(answer["name"]),
        path=f"/api/v1/{str(answer['plural']).replace('_', '-')}",
        fields=tuple(
            Field(
                name=str(field["name"]),
                type=str(field["type"]),
                required=bool(field.get("required")),
                unique=bool(field.get("unique")),
                index=bool(field.get("index")),
                min=field.get("min"),
                max=field.get("max"),
                enum=tuple(field.get("enum") or ()),
            )
            for field in answer["fields"]
        ),
    )
