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
from gowright.matrix.covering import Partial, Space, Tuples, cover
from gowright.matrix.axes import RESOURCES, Pool, read_pool
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
    only: tuple[tuple[str, str], ...] = ()
    ids: tuple[str, ...] = ()
    shard: Shard = field(default_factory=Shard)

    def wants(self, choices: Mapping[str, str]) -> bool:
        """Whether these are among the choices that are wanted."""
        wanted: dict[str, set[str]] = {}
        for name, value in self.only:
            wanted.setdefault(name, set()).add(value)
        return all(choices.get(name) in values for name, values in wanted.items())

    def source(self) -> list[str]:
        """The arguments that make the same variants, before any is left out."""
        drawn = ["--random", str(self.number), "--seed", str(self.seed)] if self.number else []
        # What was drawn depends on what was wanted of it.
        drawn += self._only() if self.number else []
        return (["--strength", str(self.strength)] if self.strength != 2 else []) + drawn

    def arguments(self) -> list[str]:
        """The arguments that make this selection."""
        only = [] if self.number else self._only()
        ids = [part for id in self.ids for part in ("--variant", id)]
        shard = ["--shard", str(self.shard)] if self.shard.count > 1 else []
        return [*self.source(), *only, *ids, *shard]

    def _only(self) -> list[str]:
        return [part for name, value in self.only for part in ("--only", f"{name}={value}")]


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
    pool = read_pool(template.root, template.features())
    _check(selection, pool)
    sizes = tuple(len(values) for values in pool.axes.values())
    space = Space(sizes, tuple(_row(pool.axes, rule) for rule in pool.never))
    strength = min(selection.strength, len(sizes))
    tuples = Tuples(space, strength)
    presets = tuple(_presets(template, pool))
    rows = cover(tuples, [_row(pool.axes, preset.choices) for preset in presets])
    variants = tuple(_distinct([*presets, *_variants(rows, pool)]))
    if selection.number:
        taken = {json.dumps(_row(pool.axes, variant.choices)) for variant in variants}
        variants = tuple(_distinct(_drawn(space, pool, selection, taken)))
    return Matrix(strength, selection.shard.of(_chosen(variants, selection)), pool.axes, tuples)


def _row(axes: Mapping[str, Sequence[str]], choices: Mapping[str, str]) -> dict[int, int]:
    return {
        axis: values.index(choices[name])
        for axis, (name, values) in enumerate(axes.items())
        if name in choices
    }


def _presets(template: Template, pool: Pool) -> Iterator[Variant]:
    for preset in template.presets():
        choices = {name: preset.answers[name] for name in pool.axes if name != RESOURCES}
        yield Variant(preset.name, preset.name, choices, {**pool.project, **preset.answers})


def _variants(rows: Sequence[Partial], pool: Pool, skip: int = 0) -> Iterator[Variant]:
    """A variant for each row, with the next resources of its kind."""
    axis = tuple(pool.axes).index(RESOURCES) if pool.sets else None
    wanted = Counter(pool.axes[RESOURCES][row[axis]] for row in rows) if axis is not None else {}
    hands = {kind: pool.deal(kind, wanted[kind] + skip) for kind in pool.sets}
    for hand in hands.values():
        for _ in range(skip):
            next(hand)
    names = tuple(pool.axes)
    for row in rows:
        choices = {names[axis]: pool.axes[names[axis]][value] for axis, value in sorted(row.items())}
        answers: dict[str, Any] = {**pool.project, **choices}
        if RESOURCES in choices:
            answers[RESOURCES] = next(hands[choices[RESOURCES]])
        digest = hashlib.sha256(json.dumps(answers, sort_keys=True).encode()).hexdigest()
        yield Variant(digest[:_ID_LETTERS], "", choices, answers)


def _drawn(space: Space, pool: Pool, selection: Selection, taken: set[str]) -> Iterator[Variant]:
    """Variants drawn by chance, of rows that are not taken."""
    draw = random.Random(selection.seed)
    rows: list[Partial] = []
    # There may be fewer than are asked for.
    for _ in range(_DRAWS * selection.number):
        row = space.row(draw)
        choices = {name: values[row[axis]] for axis, (name, values) in enumerate(pool.axes.items())}
        if len(rows) < selection.number and selection.wants(choices) and json.dumps(row) not in taken:
            taken.add(json.dumps(row))
            rows.append(row)
    yield from _variants(rows, pool, skip=int(draw.random() * 100))


def _distinct(variants: Iterable[Variant]) -> Iterable[Variant]:
    return {variant.id: variant for variant in variants}.values()


def _check(selection: Selection, pool: Pool) -> None:
    for name, value in selection.only:
        known = pool.axes.get(name, ())
        if value not in known:
            raise BadAnswer(
                "unknown-choice",
                f"--only: {escape(f'{name}={value}')} is not a choice",
                why=f"choices of {name} are {', '.join(known)}"
                if known
                else f"features are {', '.join(pool.axes)}",
                fix=f"gowright list features{did_you_mean(value, known) or did_you_mean(name, pool.axes)}",
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
            fix="name fewer choices, or draw variants by chance: gowright matrix --random 10 --only ...",
        )
    return chosen
