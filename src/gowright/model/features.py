"""The features of a template, and the choices of each, as defined in copier.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

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
    """Return the features of a template, in the order of its copier.yml.

    Raises:
        ValueError: if a question isn't a choice between strings, because it can't become a flag.
    """
    questions: dict[str, Any] = {}
    for document in read_documents(copier_yml):
        questions |= {key: value for key, value in document.items() if not key.startswith("_")}
    return tuple(
        _feature(name, question)
        for name, question in questions.items()
        if name not in PROJECT_QUESTIONS and not _computed(question)
    )


def _computed(question: Any) -> bool:
    """Report whether the template computes the answer to a question."""
    return isinstance(question, dict) and (question.get("when") is False or question.get("ask") is False)


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


def _feature(name: str, question: Any) -> Feature:
    choices = question.get("choices") if isinstance(question, dict) else None
    if not isinstance(choices, dict) or question.get("default") != next(iter(choices.values())):
        raise ValueError(
            f"{name}: a feature needs choices (label: value), and the first one must be the default"
        )
    return Feature(
        name=name,
        help=str(question.get("help", "")),
        choices=tuple(Choice(value=value, label=label) for label, value in choices.items()),
    )
