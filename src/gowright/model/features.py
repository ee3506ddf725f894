"""The features of a template and the choices of each, as copier.yml holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

#: Questions that are no features: what the project is called, and what it holds.
PROJECT_QUESTIONS = ("project_name", "module_path", "description", "resources")


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a feature, and how it is called in prose."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Feature:
    """One option axis of the template; its first choice is the default."""

    name: str
    help: str
    choices: tuple[Choice, ...]

    @property
    def flag(self) -> str:
        """The command line flag: `--http-framework`."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def default(self) -> str:
        """The value when nobody chooses."""
        return self.choices[0].value

    @property
    def values(self) -> tuple[str, ...]:
        """What may be chosen."""
        return tuple(choice.value for choice in self.choices)


def read_features(copier_yml: Path) -> tuple[Feature, ...]:
    """The features that a template's copier.yml asks for, in its order.

    Raises:
        ValueError: for a question that is no choice between strings: no flag can be made of it.
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
    """Whether the template answers a question itself."""
    return isinstance(question, dict) and question.get("when") is False


def read_documents(path: Path) -> list[Mapping[str, Any]]:
    """The YAML documents of a template's copier.yml, those that it includes in their places.

    Raises:
        OSError: when a file that is included cannot be read.
        YAMLError: for what is no YAML.
    """
    documents: list[Any] = []
    for document in yaml.load_all(path.read_bytes(), Loader=_loader(path.parent)):
        documents += document if isinstance(document, list) else [document]
    return [document for document in documents if document]


def _loader(root: Path) -> Any:
    """A YAML loader that knows `!include path`, relative to the template, as Copier's does."""
    # The C parser takes a tenth of the time, and most wheels of PyYAML have it.
    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc]
        """With a constructor of its own: the library's stays as it is."""

    def include(loader: Any, node: Any) -> list[Mapping[str, Any]]:
        included = yaml.load_all((root / loader.construct_scalar(node)).read_bytes(), Loader=base)
        return [document for document in included if document]

    Loader.add_constructor("!include", include)
    return Loader


def _feature(name: str, question: Any) -> Feature:
    choices = question.get("choices") if isinstance(question, dict) else None
    if not isinstance(choices, dict) or question.get("default") != next(iter(choices.values())):
        raise ValueError(f"{name}: a feature has choices (label: value), the first the default")
    return Feature(
        name=name,
        help=str(question.get("help", "")),
        choices=tuple(Choice(value=value, label=label) for label, value in choices.items()),
    )
