"""The axes of the matrix: the features, and what matrix.yml beside the template adds."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from gowright.errors import ToolError, escape
from gowright.model.answers import read_resources
from gowright.model.resources import grammar
from gowright.model.template import Template

#: The file name.
FILE = "matrix.yml"

#: The name of the axis of resource kinds, and of the answer.
RESOURCES = "resources"

_KEYS = ("project", "exclude", "without_go", RESOURCES)
_PROJECT = {"project_name": "matrix-api", "module_path": "example.com/matrix-api"}

Resources = list[dict[str, Any]]


@dataclass(frozen=True)
class Axes:
    """The values that variants are made of.

    Attributes:
        project: the project answers of every variant.
        values: the values of each axis.
        excluded: combinations that can't be chosen together.
        without_go: features that don't change the Go code.
        sets: sets of resources by kind.
    """

    project: Mapping[str, str]
    values: Mapping[str, tuple[str, ...]]
    excluded: tuple[Mapping[str, str], ...]
    without_go: frozenset[str]
    sets: Mapping[str, tuple[Resources, ...]]

    def assign(self, kind: str, count: int) -> Iterator[Resources]:
        """Return sets of resources of a kind for `count` variants.

        If there are more sets than variants, a variant gets several. Otherwise, the sets repeat forever:
        first each one, then pairs of them.
        """
        if count < len(self.sets[kind]):
            return (_together(self.sets[kind][number::count]) for number in range(count))
        sets = [resources for resources in self.sets[kind] if resources]
        pairs = (
            (one, sets[(number + distance) % len(sets)])
            for distance in range(1, len(sets))
            for number, one in enumerate(sets)
        )
        together = [_together(pair) for pair in pairs]
        return itertools.cycle([*self.sets[kind], *together])


def read_axes(template: Template) -> Axes:
    """Read matrix.yml of a template. Without the file, the features are the only axes.

    Raises:
        ToolError: if the file doesn't fit the template.
    """
    path = template.root / FILE
    raw = yaml.safe_load(path.read_bytes()) if path.exists() else {}
    if not isinstance(raw, dict) or set(raw) - set(_KEYS):
        raise _unfit(f"the allowed keys are {', '.join(_KEYS)}")
    sets = {
        kind: tuple(
            _set(each, template, f"{kind}, set {number}") for number, each in enumerate(given, start=1)
        )
        for kind, given in (raw.get(RESOURCES) or {}).items()
    }
    values = {feature.name: feature.values for feature in template.features()}
    values |= {RESOURCES: tuple(sets)} if sets else {}
    excluded = tuple(rule for line in raw.get("exclude") or () for rule in _rules(line, values))
    without_go = frozenset(raw.get("without_go") or ())
    if unknown := without_go - set(values):
        raise _unfit(f"without_go: {escape(min(unknown))} is not a feature")
    return Axes(_PROJECT | (raw.get("project") or {}), values, excluded, without_go, sets)


def _set(given: Sequence[Any], template: Template, where: str) -> Resources:
    raw = [grammar.parse(each) if isinstance(each, str) else each for each in given]
    try:
        return [resource.answer() for resource in read_resources(raw, template.reserved_names())]
    except ToolError as error:
        raise _unfit(f"resources, {where}: {error.what}") from error


def _rules(line: Any, axes: Mapping[str, Sequence[str]]) -> Iterator[Mapping[str, str]]:
    """One rule for each combination in a line."""
    if not isinstance(line, dict) or len(line) < 2:
        raise _unfit(f"exclude: {escape(line)} does not name two features")
    choices = {name: value if isinstance(value, list) else [value] for name, value in line.items()}
    for name, values in choices.items():
        for value in values:
            if value not in axes.get(name, ()):
                raise _unfit(f"exclude: {escape(name)}={escape(value)} is not a choice")
    yield from (dict(zip(choices, each, strict=True)) for each in itertools.product(*choices.values()))


def _together(sets: Sequence[Resources]) -> Resources:
    """Merge several sets."""
    return [resource for resources in sets for resource in resources]


def _unfit(why: str) -> ToolError:
    return ToolError("bad-matrix", f"{FILE} does not fit the template", why=why, fix=f"correct {FILE}")
