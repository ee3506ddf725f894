"""Which variants are proved: the presets, the rows of a covering array, or some drawn by chance."""

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

#: How often a row is drawn for one that is wanted.
_DRAWS = 100


@dataclass(frozen=True)
class Variant:
    """One complete set of answers. `choices` has the kind of its resources too, unless a preset brings them."""

    id: str
    preset: str
    choices: Mapping[str, str]
    answers: Mapping[str, Any]

    @property
    def resources(self) -> tuple[str, ...]:
        """What its resources are called; nothing where they are the template's own."""
        return tuple(resource["name"] for resource in self.answers.get(RESOURCES, ()))

    def document(self) -> dict[str, Any]:
        """The variant as JSON."""
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
        """The part: every count-th, so that parts differ by one variant at most."""
        return tuple(variants[self.index - 1 :: self.count])


@dataclass(frozen=True)
class Selection:
    """Which variants are wanted.

    Of the presets and the array of this strength, or else of `number` variants drawn by chance from
    a seed: those with all these choices (of one feature, any), of these ids, and of this shard.
    """

    strength: int = 2
    number: int = 0
    seed: int = 0
    where: tuple[tuple[str, str], ...] = ()
    ids: tuple[str, ...] = ()
    shard: Shard = field(default_factory=Shard)

    def wants(self, choices: Mapping[str, str]) -> bool:
        """Whether these are among the choices that are wanted."""
        wanted: dict[str, set[str]] = {}
        for name, value in self.where:
            wanted.setdefault(name, set()).add(value)
        return all(choices.get(name) in values for name, values in wanted.items())

    def source(self) -> list[str]:
        """The arguments that make the same variants, before any is left out."""
        drawn = ["--random", str(self.number), "--seed", str(self.seed)] if self.number else []
        # What was drawn depends on what was wanted of it.
        drawn += self._where_arguments() if self.number else []
        return (["--strength", str(self.strength)] if self.strength != 2 else []) + drawn

    def arguments(self) -> list[str]:
        """The arguments that make this selection."""
        where = [] if self.number else self._where_arguments()
        ids = [part for id in self.ids for part in ("--variant", id)]
        shard = ["--shard", str(self.shard)] if self.shard.count > 1 else []
        return [*self.source(), *where, *ids, *shard]

    def _where_arguments(self) -> list[str]:
        return [part for name, value in self.where for part in ("--where", f"{name}={value}")]


@dataclass(frozen=True)
class Matrix:
    """Variants, and the tuples of choices that they hold together."""

    strength: int
    variants: tuple[Variant, ...]
    axes: Mapping[str, tuple[str, ...]]
    tuples: Tuples

    def held(self, variants: Iterable[Variant]) -> int:
        """How many tuples some variants hold together."""
        return self.tuples.held(map(self._row, variants)).bit_count()

    def added(self) -> Iterator[tuple[Variant, tuple[str, ...]]]:
        """Each variant with the tuples that none before it holds, as words."""
        seen = 0
        for variant in self.variants:
            held = self.tuples.of(self._row(variant))
            new = held & ~seen
            seen |= held
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
    """The variants that a selection wants of a template; the same ones each time.

    Raises:
        BadAnswer: when the selection names a choice or a variant that there is not, or leaves none.
        ToolError: when matrix.yml does not fit the template.
    """
    axes = read_axes(template.root, template.features())
    _check(selection, axes)
    sizes = tuple(len(values) for values in axes.values.values())
    space = Space(sizes, tuple(_row(axes.values, rule) for rule in axes.excluded))
    strength = min(selection.strength, len(sizes))
    tuples = Tuples(space, strength)
    presets = tuple(_presets(template, axes))
    rows = cover(tuples, [_row(axes.values, preset.choices) for preset in presets])
    variants = tuple(_distinct([*presets, *_variants(rows, axes)]))
    if selection.number:
        taken = {json.dumps(_row(axes.values, variant.choices)) for variant in variants}
        variants = tuple(_distinct(_drawn(space, axes, selection, taken)))
    return Matrix(strength, selection.shard.of(_chosen(variants, selection)), axes.values, tuples)


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
    """A variant for each row, with the next resources of its kind."""
    axis = tuple(axes.values).index(RESOURCES) if axes.sets else None
    wanted = Counter(axes.values[RESOURCES][row[axis]] for row in rows) if axis is not None else {}
    count = {kind: axes.assign(kind, wanted[kind] + skip) for kind in axes.sets}
    for hand in count.values():
        for _ in range(skip):
            next(hand)
    names = tuple(axes.values)
    for row in rows:
        choices = {names[axis]: axes.values[names[axis]][value] for axis, value in sorted(row.items())}
        answers: dict[str, Any] = {**axes.project, **choices}
        if RESOURCES in choices:
            answers[RESOURCES] = next(count[choices[RESOURCES]])
        digest = hashlib.sha256(json.dumps(answers, sort_keys=True).encode()).hexdigest()
        yield Variant(digest[:_ID_LETTERS], "", choices, answers)


def _drawn(space: Space, axes: Axes, selection: Selection, taken: set[str]) -> Iterator[Variant]:
    """Variants drawn by chance, of rows that are not taken."""
    draw = random.Random(selection.seed)
    rows: list[Partial] = []
    # There may be fewer than are asked for.
    for _ in range(_DRAWS * selection.number):
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
                f"--variant: there is no variant {escape(id)}",
                why="the id of a variant changes with its answers, so with the template and with matrix.yml",
                fix=f"see them all: {' '.join(['gowright matrix --list', *selection.source()])}",
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
            why="a covering array holds every tuple, not every combination",
            fix="name fewer choices, or draw variants by chance: gowright matrix --random 10 --where ...",
        )
    return chosen
