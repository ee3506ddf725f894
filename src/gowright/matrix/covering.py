"""Covering arrays: few rows that hold every combination of a few values.

An axis is a number of values, a row takes one value of each, and an array of strength t holds every
tuple of t values of different axes that a row can hold at all. Rows are built one at a time, each
the best of many tries. Sets of tuples are integers with one bit per tuple, so that what a value
would cover is an AND and a count of bits.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_

#: Values by axis: of all axes, a row.
Partial = Mapping[int, int]

#: How many rows are tried for one of the first array, and for one of the next.
_TRIES = 30
_TRIES_AGAIN = 3

#: How often an array is improved, at most and by its number of tuples; and the part of its rows that goes.
_ROUNDS = 400
_WORK = 300_000
_THROWN_AWAY = 0.2


@dataclass(frozen=True)
class Space:
    """The rows there can be: `sizes` has the number of values of each axis.

    A row that agrees with one of `never` is not valid.
    """

    sizes: tuple[int, ...]
    never: tuple[Partial, ...] = ()

    def allows(self, partial: Partial) -> bool:
        """Whether nothing forbids these values together."""
        return not any(all(partial.get(axis) == value for axis, value in rule.items()) for rule in self.never)

    def valid(self, partial: Partial) -> bool:
        """Whether some valid row has these values."""
        return self._completes(partial, sorted({axis for rule in self.never for axis in rule} - set(partial)))

    def _completes(self, partial: Partial, ruled: list[int]) -> bool:
        # Only axes that a rule names can be in each other's way.
        if not self.allows(partial):
            return False
        return not ruled or any(
            self._completes({**partial, ruled[0]: value}, ruled[1:]) for value in range(self.sizes[ruled[0]])
        )

    def row(self, draw: random.Random) -> Partial:
        """Some valid row, drawn by chance."""
        row: dict[int, int] = {}
        for axis in _shuffled(range(len(self.sizes)), draw):
            values = _shuffled(range(self.sizes[axis]), draw)
            row[axis] = next(value for value in values if self.valid({**row, axis: value}))
        return dict(sorted(row.items()))


class Tuples:
    """Every tuple of `strength` values that a valid row can hold, each with a bit of its own."""

    def __init__(self, space: Space, strength: int) -> None:
        self.space = space
        axes = range(len(space.sizes))
        every = (
            dict(zip(chosen, values, strict=True))
            for chosen in itertools.combinations(axes, strength)
            for values in itertools.product(*(range(space.sizes[axis]) for axis in chosen))
        )
        self.members = tuple(each for each in every if space.valid(each))
        #: By axis, the tuples that have a value of it; by axis and value, those that a row with it may hold.
        self.touching = [self._set(axis in each for each in self.members) for axis in axes]
        self.agreeing = [
            [self._set(each.get(axis, value) == value for each in self.members) for value in range(size)]
            for axis, size in enumerate(space.sizes)
        ]

    @staticmethod
    def _set(bits: Iterable[bool]) -> int:
        return int("".join("01"[bit] for bit in bits)[::-1] or "0", 2)

    @cached_property
    def all(self) -> int:
        """The set of all of them."""
        return (1 << len(self.members)) - 1

    def of(self, row: Partial) -> int:
        """The set of the tuples that a row holds."""
        held = self.all
        for axis in range(len(self.space.sizes)):
            held &= self.agreeing[axis][row[axis]] if axis in row else ~self.touching[axis]
        return held

    def held(self, rows: Iterable[Partial]) -> int:
        """The set of the tuples that these rows hold together."""
        return reduce(or_, map(self.of, rows), 0)


def cover(tuples: Tuples, given: Sequence[Partial] = ()) -> list[Partial]:
    """Rows that hold, together with the given ones, every tuple; always the same.

    A first array is improved: time and again some rows are thrown away, and what they alone held is
    covered anew, often by fewer.
    """
    draw = random.Random(0)
    wanted = tuples.all & ~tuples.held(given)
    best = _filled(tuples, wanted, [], draw, _TRIES)
    least = _least(tuples, wanted)
    for _ in range(min(_ROUNDS, _WORK // (len(tuples.members) or 1))):
        if len(best) <= least:
            break
        kept = [row for row in best if draw.random() > _THROWN_AWAY]
        other = _filled(tuples, wanted, kept, draw, _TRIES_AGAIN)
        if len(other) <= len(best):
            best = other
    return best


def _least(tuples: Tuples, wanted: int) -> int:
    """No array has fewer rows: a row holds one tuple of the same axes."""
    members = (frozenset(each) for bit, each in enumerate(tuples.members) if wanted >> bit & 1)
    return max(Counter(members).values(), default=0)


def _filled(
    tuples: Tuples, wanted: int, rows: list[Partial], draw: random.Random, tries: int
) -> list[Partial]:
    """These rows, and others until all that is wanted is held."""
    rows = list(rows)
    missing = wanted & ~tuples.held(rows)
    while missing:
        tried = [_row(tuples, missing, draw) for _ in range(tries)]
        rows.append(max(tried, key=lambda row: (tuples.of(row) & missing).bit_count()))
        missing &= ~tuples.of(rows[-1])
    return rows


def _row(tuples: Tuples, missing: int, draw: random.Random) -> Partial:
    """A row that starts with a missing tuple, and takes axis by axis the value that covers most."""
    space = tuples.space
    row = dict(tuples.members[_some_bit(missing, draw)])
    left = _shuffled((axis for axis in range(len(space.sizes)) if axis not in row), draw)
    for axis, value in row.items():
        missing &= tuples.agreeing[axis][value]
    while left:
        axis = left.pop()
        decided = missing
        for other in left:
            decided &= ~tuples.touching[other]
        values = _shuffled(range(space.sizes[axis]), draw)
        gains = {v: (decided & tuples.agreeing[axis][v]).bit_count() for v in values}
        possible = (v for v in values if space.valid({**row, axis: v}))
        row[axis] = max(possible, key=gains.__getitem__)
        missing &= tuples.agreeing[axis][row[axis]]
    return dict(sorted(row.items()))


def _some_bit(bits: int, draw: random.Random) -> int:
    """One of the bits that are set: the first from a random place on."""
    start = int(draw.random() * bits.bit_length())
    rest = bits >> start
    return start + (rest & -rest).bit_length() - 1


def _shuffled(values: Iterable[int], draw: random.Random) -> list[int]:
    # Only random() gives the same numbers with every release of Python.
    return sorted(values, key=lambda _: draw.random())
