"""Answers: from flags, a file and a preset, checked strictly."""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from gowright.errors import BadAnswer, escape
from gowright.model.features import PROJECT_QUESTIONS, Feature
from gowright.model.project_names import CHECKS
from gowright.model.resources import grammar
from gowright.model.resources.collisions import refuse_clashes
from gowright.model.resources.names import did_you_mean, nearest
from gowright.model.resources.reserved import ReservedNames
from gowright.model.resources.resource import Resource, read_resource
from gowright.model.resources.rules import EXAMPLE, MOST_DIGITS, bad, kind_of

#: The most resources of one service.
MOST_RESOURCES = 100

#: What an answers file of a project also records.
_RECORDED = ("_commit", "_src_path")

_LARGEST_FILE = 1_000_000


def check_answers(
    given: Mapping[str, Any], features: Iterable[Feature], label: Callable[[str], str] = str
) -> dict[str, Any]:
    """Check answers, all but the resources, and return them.

    Args:
        given: by question; need not be complete.
        features: what may be chosen.
        label: how messages call the answer to a question.

    Raises:
        BadAnswer: for an unknown question, a wrong type, or a value that is not allowed.
    """
    by_name = {feature.name: feature for feature in features}
    for name, value in given.items():
        if name not in by_name and name not in PROJECT_QUESTIONS:
            known = [*PROJECT_QUESTIONS, *by_name]
            raise BadAnswer(
                "unknown-question",
                f"{escape(label(name))} is no question",
                why=f"questions are {', '.join(known)}",
                fix=f"remove it{did_you_mean(str(name), known)}",
            )
        if name == "resources":
            continue
        if not isinstance(value, str):
            raise BadAnswer(
                "wrong-type",
                f"{label(name)} is {kind_of(value)}, not a string",
                why="YAML reads yes, no, on and off as booleans, and 1.0 as a number",
                fix="put the value in quotes",
            )
        if name in by_name:
            _check_choice(by_name[name], value, label(name))
        else:
            CHECKS[name](value, label(name))
    return dict(given)


def _check_choice(feature: Feature, value: str, label: str) -> None:
    if value not in feature.values:
        near = nearest(value, feature.values)
        flag = label == feature.flag
        raise BadAnswer(
            "unknown-choice",
            f"{label}: {escape(value, 30) or 'nothing'} is not a choice",
            why=f"choices are {', '.join(feature.values)}",
            fix=f"write {label if flag else f'{feature.name}:'} {near or feature.default}",
        )


def read_resources(raw: Any, reserved: ReservedNames) -> list[Resource]:
    """Check the answer to `resources`; those without a revision get the next free ones.

    Args:
        raw: a list of resources, each as YAML has it or as it is typed.
        reserved: the names that the template uses.

    Raises:
        BadAnswer: for the first thing that is wrong.
    """
    if not isinstance(raw, list):
        raise bad(f"resources is {kind_of(raw)}", "it is a list of resources", f"write [{EXAMPLE}]")
    if len(raw) > MOST_RESOURCES:
        raise bad(f"{len(raw)} resources", f"a service has at most {MOST_RESOURCES}", "leave some out")
    parsed = [grammar.parse(resource) if isinstance(resource, str) else resource for resource in raw]
    taken = [0, *_revisions(parsed)]
    resources = []
    for resource in parsed:
        resources.append(read_resource(resource, number=max(taken) + 1))
        taken.append(resources[-1].revision)
    refuse_clashes(resources, reserved)
    return resources


def _revisions(raw: Iterable[Any]) -> Iterable[int]:
    for resource in raw:
        if isinstance(resource, Mapping):
            fields = resource.get("fields")
            numbers = [resource.get("revision")]
            if isinstance(fields, list):
                numbers += [field.get("since") for field in fields if isinstance(field, Mapping)]
            yield from (number for number in numbers if isinstance(number, int))


def load_answers(path: Path) -> dict[str, Any]:
    """Read an answers file: YAML, or the answers file of a project; `-` is stdin.

    Raises:
        BadAnswer: when there is no such file, or it holds no answers.
    """

    def refuse(why: str) -> BadAnswer:
        return BadAnswer(
            "bad-answers-file",
            f"cannot read answers from {escape(path)}",
            why=why,
            fix="give a YAML file of answers, such as .copier-answers.yml of a project",
        )

    try:
        content = _read(path, most=_LARGEST_FILE + 1)
    except OSError as error:
        raise refuse((error.strerror or str(error)).lower()) from error
    if len(content) > _LARGEST_FILE:
        raise refuse(f"it has more than {_LARGEST_FILE} bytes")
    try:
        answers = yaml.load(content.decode("utf-8-sig"), Loader=_StrictLoader)
    except UnicodeDecodeError as error:
        raise refuse("it is not UTF-8") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise refuse(_of_yaml(error)) from error
    if answers is None:
        raise refuse("it is empty")
    if not isinstance(answers, dict):
        raise refuse(f"it holds {kind_of(answers)}, not answers by question")
    return {name: value for name, value in answers.items() if name not in _RECORDED}


def _read(path: Path, most: int) -> bytes:
    """The first bytes of a file, which may have no end."""
    if str(path) != "-":
        with path.open("rb") as file:
            return file.read(most)
    if sys.stdin is None:
        raise OSError("there is no stdin")
    return sys.stdin.buffer.read(most)


class _StrictLoader(yaml.SafeLoader):
    """YAML where each key stands once, and nothing stands for something else."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for number, key in enumerate(keys):
            if key in keys[:number]:
                raise yaml.YAMLError(f"{escape(key)} is there twice")
        return super().construct_mapping(node, deep)

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        # A few lines of aliases can stand for gigabytes.
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not allowed")
        return super().compose_node(parent, index)

    def construct_yaml_float(self, node: yaml.ScalarNode) -> float:
        # More digits are lost while they are read.
        if sum(map(str.isdigit, node.value)) > MOST_DIGITS:
            raise yaml.YAMLError(f"{escape(node.value, 30)} has more than {MOST_DIGITS} digits")
        return super().construct_yaml_float(node)


_StrictLoader.add_constructor("tag:yaml.org,2002:float", _StrictLoader.construct_yaml_float)


def _of_yaml(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"{error.problem}, line {error.problem_mark.line + 1}"
    return escape(" ".join(str(error).split()), 200)
