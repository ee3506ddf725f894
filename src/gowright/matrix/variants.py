"""Selects variants: the presets, the rows of a covering array, or random ones."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from gowright.errors import BadAnswer, escape
from gowright.matrix.axes import RESOURCES, Axes, read_axes
from gowright.matrix.covering import Partial, Space, Tuples, cover
from gowright.model.resources.names import did_you_mean
from gowright.model.template import Template

_ID_LETTERS = 6

#: The maximum number of random rows that are drawn for each requested variant.
_MAX_DRAWS = 100


@dataclass(frozen=True)
class Variant:
    """One complete set of answers.

    Attributes:
        id: a hash of the answers, or the name of the preset.
        preset: the name of the preset, if it is one.
        choices: the choice of each feature and, except for presets, the kind of resources.
        answers: all answers.
    """

    id: str
    preset: str
    choices: Mapping[str, str]
    answers: Mapping[str, Any]

    @property
    def resources(self) -> tuple[str, ...]:
        """The names of its resources; empty if it uses the sample of the template."""
        return tuple(resource["name"] for resource in self.answers.get(RESOURCES, ()))

    def as_dict(self) -> dict[str, Any]:
        """The variant as a JSON object."""
        return {"id": self.id, "preset": self.preset or None, "choices": dict(self.choices)} | {
            "resources": list(self.resources)
        }


@dataclass(frozen=True)
class Shard:
    """One of several parts of equal size."""

    index: int = 1
    count: int = 1

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"

    def of(self, variants: Sequence[Variant]) -> tuple[Variant, ...]:
        """The variants of this part: every count-th, so that the sizes differ by at most one."""
        return tuple(variants[self.index - 1 :: self.count])


@dataclass(frozen=True)
class Selection:
    """The selected variants.

    Attributes:
        strength: the presets and a covering array of this strength are selected, unless there's a number.
        number: the number of random variants.
        seed: the seed of the random variants.
        where: required choices; choices of the same feature are alternatives.
        ids: the IDs of variants; all if empty.
        shard: the part of the result.
    """

    strength: int = 2
    number: int = 0
    seed: int = 0
    where: tuple[tuple[str, str], ...] = ()
    ids: tuple[str, ...] = ()
    shard: Shard = field(default_factory=Shard)

    def wants(self, choices: Mapping[str, str]) -> bool:
        """Report whether the choices match `where`."""
        wanted: dict[str, set[str]] = {}
        for name, value in self.where:
            wanted.setdefault(name, set()).add(value)
        return all(choices.get(name) in values for name, values in wanted.items())

    def source(self) -> list[str]:
        """The arguments that create the same variants, before any filter."""
        drawn = ["--random", str(self.number), "--seed", str(self.seed)] if self.number else []
        # Random variants depend on `where`.
        drawn += self._where_arguments() if self.number else []
        return (["--strength", str(self.strength)] if self.strength != 2 else []) + drawn

    def arguments(self) -> list[str]:
        """The arguments that create this selection."""
        where = [] if self.number else self._where_arguments()
        ids = [part for id in self.ids for part in ("--variant", id)]
        shard = ["--shard", str(self.shard)] if self.shard.count > 1 else []
        return [*self.source(), *where, *ids, *shard]

    def _where_arguments(self) -> list[str]:
        return [part for name, value in self.where for part in ("--where", f"{name}={value}")]


@dataclass(frozen=True)
class Matrix:
    """Variants, and the tuples of choices that they are measured by."""

    strength: int
    variants: tuple[Variant, ...]
    axes: Mapping[str, tuple[str, ...]]
    tuples: Tuples

    def covered(self, variants: Iterable[Variant]) -> int:
        """The number of tuples that the variants contain."""
        return self.tuples.covered(map(self._row, variants)).bit_count()

    def added(self) -> Iterator[tuple[Variant, tuple[str, ...]]]:
        """Each variant with the tuples that no variant before it contains, as text."""
        seen = 0
        for variant in self.variants:
            covered = self.tuples.of(self._row(variant))
            new = covered & ~seen
            seen |= covered
            yield variant, tuple(self._words[bit] for bit in range(len(self._words)) if new >> bit & 1)

    def _row(self, variant: Variant) -> Partial:
        return _row(self.axes, variant.choices)

    @cached_property
    def _words(self) -> tuple[str, ...]:
        names = tuple(self.axes)
        return tuple(
            " ".join(f"{names[axis]}={self.axes[names[axis]][value]}" for axis, value in each.items())
            for each in self.tuples.members
        )


def matrix(template: Template, selection: Selection) -> Matrix:
    """Return the selected variants of a template. Deterministic.

    Raises:
        BadAnswer: if the selection names an unknown choice or variant, or is empty.
        ToolError: if matrix.yml doesn't fit the template.
    """
    axes = read_axes(template)
    _check(selection, axes)
    sizes = tuple(len(values) for values in axes.values.values())
    space = Space(sizes, tuple(_row(axes.values, rule) for rule in axes.excluded))
    strength = min(selection.strength, len(sizes))
    tuples = Tuples(space, strength)
    presets = tuple(_presets(template, axes))
    given = [_row(axes.values, preset.choices) for preset in presets]
    rows = cover(tuples, given, _services(axes, space, strength, given))
    variants = tuple(_distinct([*presets, *_variants(rows, axes)]))
    if selection.number:
        taken = {json.dumps(_row(axes.values, variant.choices)) for variant in variants}
        variants = tuple(_distinct(_drawn(space, axes, selection, taken)))
    return Matrix(strength, selection.shard.of(_chosen(variants, selection)), axes.values, tuples)


def _services(axes: Axes, space: Space, strength: int, given: Sequence[Partial]) -> list[Partial]:
    """Partial rows, without the features that don't change the Go code, that contain every tuple of the others."""
    kept = [number for number, name in enumerate(axes.values) if name not in axes.without_go]
    if len(kept) == len(axes.values):
        return []
    position = {axis: number for number, axis in enumerate(kept)}
    excluded = tuple(
        {position[axis]: value for axis, value in rule.items()}
        for rule in space.excluded
        if set(rule) <= set(kept)
    )
    services = Space(tuple(space.sizes[axis] for axis in kept), excluded)
    rows = cover(
        Tuples(services, min(strength, len(kept))),
        [{position[axis]: value for axis, value in row.items() if axis in position} for row in given],
    )
    return [{kept[axis]: value for axis, value in row.items()} for row in rows]


def _row(axes: Mapping[str, Sequence[str]], choices: Mapping[str, str]) -> dict[int, int]:
    return {
        axis: values.index(choices[name])
        for axis, (name, values) in enumerate(axes.items())
        if name in choices
    }


def _presets(template: Template, axes: Axes) -> Iterator[Variant]:
    for preset in template.presets():
        choices = {name: preset.answers[name] for name in axes.values if name != RESOURCES}
        yield Variant(preset.name, preset.name, choices, {**axes.project, **preset.answers})


def _variants(rows: Sequence[Partial], axes: Axes, skip: int = 0) -> Iterator[Variant]:
    """One variant per row. Each service gets the next set of resources of its kind."""
    axis = tuple(axes.values).index(RESOURCES) if axes.sets else None
    names = tuple(axes.values)
    services = [_service(row, axes) for row in rows]
    kinds = dict(zip(services, rows, strict=True))
    wanted = Counter(axes.values[RESOURCES][row[axis]] for row in kinds.values()) if axis is not None else {}
    sets = {kind: axes.assign(kind, wanted[kind] + skip) for kind in axes.sets}
    for assigned in sets.values():
        for _ in range(skip):
            next(assigned)
    resources = {
        service: next(sets[axes.values[RESOURCES][row[axis]]])
        for service, row in kinds.items()
        if axis is not None
    }
    for service, row in zip(services, rows, strict=True):
        choices = {names[axis]: axes.values[names[axis]][value] for axis, value in sorted(row.items())}
        answers: dict[str, Any] = {**axes.project, **choices}
        if service in resources:
            answers[RESOURCES] = resources[service]
        digest = hashlib.sha256(json.dumps(answers, sort_keys=True).encode()).hexdigest()
        yield Variant(digest[:_ID_LETTERS], "", choices, answers)


def _service(row: Partial, axes: Axes) -> tuple[tuple[int, int], ...]:
    """The part of a row that determines the Go code."""
    names = tuple(axes.values)
    return tuple((axis, value) for axis, value in sorted(row.items()) if names[axis] not in axes.without_go)


def _drawn(space: Space, axes: Axes, selection: Selection, taken: set[str]) -> Iterator[Variant]:
    """Random variants whose rows aren't taken."""
    draw = random.Random(selection.seed)
    rows: list[Partial] = []
    # There may be fewer variants than requested.
    for _ in range(_MAX_DRAWS * selection.number):
        row = space.row(draw)
        choices = {name: values[row[axis]] for axis, (name, values) in enumerate(axes.values.items())}
        if len(rows) < selection.number and selection.wants(choices) and json.dumps(row) not in taken:
            taken.add(json.dumps(row))
            rows.append(row)
    yield from _variants(rows, axes, skip=int(draw.random() * 100))


def _distinct(variants: Iterable[Variant]) -> Iterable[Variant]:
    return {variant.id: variant for variant in variants}.values()


def _check(selection: Selection, axes: Axes) -> None:
    for name, value in selection.where:
        known = axes.values.get(name, ())
        if value not in known:
            raise BadAnswer(
                "unknown-choice",
                f"--where: {escape(f'{name}={value}')} is not a choice",
                why=f"choices of {name} are {', '.join(known)}"
                if known
                else f"features are {', '.join(axes.values)}",
                fix=f"gowright list features{did_you_mean(value, known) or did_you_mean(name, axes.values)}",
            )


def _chosen(variants: Sequence[Variant], selection: Selection) -> Sequence[Variant]:
    known = {variant.id for variant in variants}
    for id in selection.ids:
        if id not in known:
            raise BadAnswer(
                "unknown-variant",
                f"--variant: {escape(id)} does not exist",
                why="the ID of a variant is a hash of its answers, so it changes with the template and matrix.yml",
                fix=f"list the variants: {' '.join(['gowright matrix --list', *selection.source()])}",
            )
    chosen = [
        variant
        for variant in variants
        if (not selection.ids or variant.id in selection.ids) and selection.wants(variant.choices)
    ]
    if not chosen:
        raise BadAnswer(
            "no-variant",
            "no variant has all these choices",
            why="the set covers every tuple, but not every combination",
            fix="name fewer choices, or use random variants: gowright matrix --random 10 --where ...",
        )
    return chosen
