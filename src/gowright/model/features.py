"""The features of a template, and the choices of each, as defined in copier.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from gowright.model.questions import computed, templated
from gowright.system.yaml_files import LOADER

#: Questions that aren't features.
PROJECT_QUESTIONS = ("project_name", "module_path", "description", "resources")

#: The answer that records the changes of the database schema. Nobody is asked for it.
HISTORY = "history"


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a feature, and its label."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature of the template; its first choice is the default."""

    name: str
    help: str
    choices: tuple[Choice, ...]

    @property
    def flag(self) -> str:
        """The command-line flag, such as `--http-framework`."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def default(self) -> str:
        """The default choice."""
        return self.choices[0].value

    @property
    def values(self) -> tuple[str, ...]:
        """The possible choices."""
        return tuple(choice.value for choice in self.choices)


def read_features(copier_yml: Path) -> tuple[Feature, ...]:
    """Return the features of a template, in the order of its copier.yml: the choices between strings.

    A fork of the template can have other questions; see gowright.model.questions.
    """
    questions: dict[str, Any] = {}
    for document in read_documents(copier_yml):
        questions |= {key: value for key, value in document.items() if not key.startswith("_")}
    return tuple(
        _feature(name, question)
        for name, question in questions.items()
        if name not in PROJECT_QUESTIONS and not computed(question) and _is_feature(question)
    )


def _is_feature(question: Any) -> bool:
    """Report whether a question can become a flag: its choices are strings, and the first one is the default."""
    choices = question.get("choices") if isinstance(question, dict) else None
    if not isinstance(choices, dict) or question.get("multiselect"):
        return False
    values = list(choices.values())
    plain = all(isinstance(value, str) and not templated(value) for value in values)
    return plain and question.get("default") == next(iter(values), None)


def read_documents(path: Path) -> list[Mapping[str, Any]]:
    """Return the YAML documents of a template's copier.yml, with included files in place.

    Raises:
        OSError: if an included file can't be read.
        YAMLError: if a file isn't valid YAML.
    """
    documents: list[Any] = []
    for document in yaml.load_all(path.read_bytes(), Loader=_loader(path.parent)):
        documents += document if isinstance(document, list) else [document]
    return [document for document in documents if document]


def _loader(root: Path) -> Any:
    """A YAML loader that resolves `!include path` relative to the template, as Copier does."""

    class Loader(LOADER):  # type: ignore[misc]
        """A subclass, so that the constructor isn't added to the library's class."""

    def include(loader: Any, node: Any) -> list[Mapping[str, Any]]:
        included = yaml.load_all((root / loader.construct_scalar(node)).read_bytes(), Loader=LOADER)
        return [document for document in included if document]

    Loader.add_constructor("!include", include)
    return Loader


def _feature(name: str, question: Mapping[str, Any]) -> Feature:
    return Feature(
        name=name,
        help=str(question.get("help", "")),
        choices=tuple(Choice(value=value, label=str(label)) for label, value in question["choices"].items()),
    )
