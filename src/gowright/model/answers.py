"""Strict validation of answers from flags, a file, and a preset."""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from gowright.errors import BadAnswer, escape
from gowright.model.features import HISTORY, PROJECT_QUESTIONS, Feature
from gowright.model.project_names import CHECKS
from gowright.model.questions import Question, read_answer
from gowright.model.resources import grammar
from gowright.model.resources.collisions import refuse_clashes
from gowright.model.resources.names import did_you_mean, nearest
from gowright.model.resources.references import refuse_bad_references
from gowright.model.resources.reserved import ReservedNames
from gowright.model.resources.resource import Resource, read_resource
from gowright.model.resources.rules import EXAMPLE, MAX_DIGITS, invalid_resource, type_name

#: The maximum number of resources of a service.
MAX_RESOURCES = 100

#: Keys of a project's answers file that aren't answers, or that a new project has of its own.
_RECORDED = ("_commit", "_src_path", HISTORY)

_MAX_FILE_BYTES = 1_000_000


def check_answers(
    given: Mapping[str, Any],
    features: Iterable[Feature],
    label: Callable[[str], str] = str,
    own: Iterable[Question] = (),
) -> dict[str, Any]:
    """Check answers, except the resources, and return them with their types.

    Args:
        given: answers by question; may be incomplete.
        features: the features with their choices.
        label: returns the name of a question in messages.
        own: the questions of the template that aren't features.

    Raises:
        BadAnswer: for an unknown question, a wrong type, or an invalid value.
    """
    by_name = {feature.name: feature for feature in features}
    others = {question.name: question for question in own}
    checked = dict(given)
    for name, value in given.items():
        if name in others:
            checked[name] = read_answer(others[name], value, label(name))
            continue
        if name not in by_name and name not in PROJECT_QUESTIONS:
            known = [*PROJECT_QUESTIONS, *by_name, *others]
            raise BadAnswer(
                "unknown-question",
                f"{escape(label(name))} is not a question",
                why=f"questions are {', '.join(known)}",
                fix=f"remove it{did_you_mean(str(name), known)}",
            )
        if name == "resources":
            continue
        if not isinstance(value, str):
            raise BadAnswer(
                "wrong-type",
                f"{label(name)} is {type_name(value)}, not a string",
                why="YAML parses yes, no, on, and off as booleans, and 1.0 as a number",
                fix="put the value in quotes",
            )
        if name in by_name:
            _check_choice(by_name[name], value, label(name))
        else:
            CHECKS[name](value, label(name))
    return checked


def _check_choice(feature: Feature, value: str, label: str) -> None:
    if value not in feature.values:
        near = nearest(value, feature.values)
        flag = label == feature.flag
        raise BadAnswer(
            "unknown-choice",
            f"{label}: {escape(value, 30) or 'an empty value'} is not a choice",
            why=f"choices are {', '.join(feature.values)}",
            fix=f"write {label if flag else f'{feature.name}:'} {near or feature.default}",
        )


def read_resources(raw: Any, reserved: ReservedNames) -> list[Resource]:
    """Check the answer to `resources`.

    Args:
        raw: a list of resources, each as a mapping or as text in the grammar of --resource.
        reserved: the names that the template uses.

    Raises:
        BadAnswer: for the first error.
    """
    if not isinstance(raw, list):
        raise invalid_resource(
            f"resources is {type_name(raw)}", "resources must be a list", f"write [{EXAMPLE}]"
        )
    if len(raw) > MAX_RESOURCES:
        raise invalid_resource(
            f"{len(raw)} resources", f"a service has at most {MAX_RESOURCES}", "remove some"
        )
    parsed = [grammar.parse(resource) if isinstance(resource, str) else resource for resource in raw]
    resources = [read_resource(resource) for resource in parsed]
    refuse_clashes(resources, reserved)
    refuse_bad_references(resources)
    return resources


def load_answers(path: Path) -> dict[str, Any]:
    """Read an answers file: a YAML file, or the answers file of a project. `-` is stdin.

    Raises:
        BadAnswer: if there is no such file, or it contains no answers.
    """

    def refuse(why: str) -> BadAnswer:
        return BadAnswer(
            "bad-answers-file",
            f"cannot read answers from {escape(path)}",
            why=why,
            fix="pass a YAML file with answers, such as .copier-answers.yml of a project",
        )

    try:
        content = _read(path, max_bytes=_MAX_FILE_BYTES + 1)
    except OSError as error:
        raise refuse((error.strerror or str(error)).lower()) from error
    if len(content) > _MAX_FILE_BYTES:
        raise refuse(f"the file has more than {_MAX_FILE_BYTES} bytes")
    try:
        answers = yaml.load(content.decode("utf-8-sig"), Loader=_StrictLoader)
    except UnicodeDecodeError as error:
        raise refuse("the file is not UTF-8") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise refuse(_yaml_problem(error)) from error
    if answers is None:
        raise refuse("the file is empty")
    if not isinstance(answers, dict):
        raise refuse(f"the file contains {type_name(answers)}, not a mapping of answers")
    return {name: value for name, value in answers.items() if name not in _RECORDED}


def _read(path: Path, max_bytes: int) -> bytes:
    """Read at most max_bytes of a file, which can be infinite."""
    if str(path) != "-":
        with path.open("rb") as file:
            return file.read(max_bytes)
    if sys.stdin is None:
        raise OSError("stdin is closed")
    return sys.stdin.buffer.read(max_bytes)


class _StrictLoader(yaml.SafeLoader):
    """A YAML loader that refuses duplicate keys, aliases, and floats with too many digits."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for number, key in enumerate(keys):
            if key in keys[:number]:
                raise yaml.YAMLError(f"duplicate key {escape(key)}")
        return super().construct_mapping(node, deep)

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        # A few lines of aliases can expand to gigabytes.
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not allowed")
        return super().compose_node(parent, index)

    def construct_yaml_float(self, node: yaml.ScalarNode) -> float:
        # A float loses more digits silently.
        if sum(map(str.isdigit, node.value)) > MAX_DIGITS:
            raise yaml.YAMLError(f"{escape(node.value, 30)} has more than {MAX_DIGITS} digits")
        return super().construct_yaml_float(node)


_StrictLoader.add_constructor("tag:yaml.org,2002:float", _StrictLoader.construct_yaml_float)


def _yaml_problem(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"{error.problem}, line {error.problem_mark.line + 1}"
    return escape(" ".join(str(error).split()), 200)
