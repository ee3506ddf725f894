"""Covering arrays: a small number of rows that contain every combination of a few values.

An axis has a number of values, and a row has one value of each axis. An array of strength t contains every
tuple of t values of different axes that a valid row can contain. Rows are built one at a time; each is the
best of many tries. A set of tuples is an integer with one bit per tuple, so that the number of tuples that a
value would cover takes one AND and one bit count.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_

#: Values by axis; a row if it has all axes.
Partial = Mapping[int, int]

#: The number of tries for each row of the first array, and of each later array.
_TRIES = 30
_TRIES_AGAIN = 3

#: The maximum number of improvement rounds, absolute and relative to the number of tuples, and the fraction of rows
#: that each round discards.
_MAX_ROUNDS = 400
_MAX_WORK = 300_000
_DISCARDED = 0.2


@dataclass(frozen=True)
class Space:
    """The possible rows.

    Attributes:
        sizes: the number of values of each axis.
        excluded: partial rows; a row that contains one of them is invalid.
    """

    sizes: tuple[int, ...]
    excluded: tuple[Partial, ...] = ()

    def allows(self, partial: Partial) -> bool:
        """Report whether no rule excludes these values."""
        return not any(
            all(partial.get(axis) == value for axis, value in rule.items()) for rule in self.excluded
        )

    def valid(self, partial: Partial) -> bool:
        """Report whether a valid row contains these values."""
        return self._completes(
            partial, sorted({axis for rule in self.excluded for axis in rule} - set(partial))
        )

    def _completes(self, partial: Partial, ruled: list[int]) -> bool:
        # Only axes that a rule names can conflict.
        if not self.allows(partial):
            return False
        return not ruled or any(
            self._completes({**partial, ruled[0]: value}, ruled[1:]) for value in range(self.sizes[ruled[0]])
        )

    def row(self, draw: random.Random) -> Partial:
        """A random valid row."""
        row: dict[int, int] = {}
        for axis in _shuffled(range(len(self.sizes)), draw):
            values = _shuffled(range(self.sizes[axis]), draw)
            row[axis] = next(value for value in values if self.valid({**row, axis: value}))
        return dict(sorted(row.items()))


class Tuples:
    """Every tuple of `strength` values that a valid row can contain; each has its own bit."""

    def __init__(self, space: Space, strength: int) -> None:
        self.space = space
        axes = range(len(space.sizes))
        every = (
            dict(zip(chosen, values, strict=True))
            for chosen in itertools.combinations(axes, strength)
            for values in itertools.product(*(range(space.sizes[axis]) for axis in chosen))
        )
        self.members = tuple(each for each in every if space.valid(each))
        #: By axis, the tuples with a value of it; by axis and value, the tuples that a row with that value can contain.
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
        """The set of all tuples."""
        return (1 << len(self.members)) - 1

    def of(self, row: Partial) -> int:
        """The set of the tuples that a row contains."""
        covered = self.all
        for axis in range(len(self.space.sizes)):
            covered &= self.agreeing[axis][row[axis]] if axis in row else ~self.touching[axis]
        return covered

    def covered(self, rows: Iterable[Partial]) -> int:
        """The set of the tuples that the rows contain."""
        return reduce(or_, map(self.of, rows), 0)


def cover(tuples: Tuples, given: Sequence[Partial] = (), parts: Sequence[Partial] = ()) -> list[Partial]:
    """Return rows that, together with the given ones, contain every tuple. Deterministic.

    The first array is improved in rounds: some rows are discarded, and the tuples that only they contained
    are covered again, often with fewer rows.

    Args:
        tuples: the tuples to cover.
        given: rows that exist already.
        parts: partial rows with the same axes; each new row contains one of them, unless no valid row can.
    """
    draw = random.Random(0)
    wanted = tuples.all & ~tuples.covered(given)
    best = _filled(tuples, wanted, [], draw, _TRIES, parts)
    minimum = _min_rows(tuples, wanted)
    for _ in range(min(_MAX_ROUNDS, _MAX_WORK // (len(tuples.members) or 1))):
        if len(best) <= minimum:
            break
        kept = [row for row in best if draw.random() > _DISCARDED]
        other = _filled(tuples, wanted, kept, draw, _TRIES_AGAIN, parts)
        if len(other) <= len(best):
            best = other
    return best


def _min_rows(tuples: Tuples, wanted: int) -> int:
    """The lower bound for the number of rows: a row contains one tuple of each set of axes."""
    members = (frozenset(each) for bit, each in enumerate(tuples.members) if wanted >> bit & 1)
    return max(Counter(members).values(), default=0)


def _filled(
    tuples: Tuples,
    wanted: int,
    rows: list[Partial],
    draw: random.Random,
    tries: int,
    parts: Sequence[Partial],
) -> list[Partial]:
    """The given rows, and more rows until all wanted tuples are covered."""
    rows = list(rows)
    missing = wanted & ~tuples.covered(rows)
    while missing:
        tried = [_row(tuples, missing, draw, parts) for _ in range(tries)]
        rows.append(max(tried, key=lambda row: (tuples.of(row) & missing).bit_count()))
        missing &= ~tuples.of(rows[-1])
    return rows


def _row(tuples: Tuples, missing: int, draw: random.Random, parts: Sequence[Partial]) -> Partial:
    """A row that starts with a missing tuple. Each further axis gets the value that covers most tuples."""
    space = tuples.space
    row = dict(tuples.members[_some_bit(missing, draw)])
    if fitting := [each for each in parts if _agree(each, row) and space.valid({**row, **each})]:
        row |= fitting[int(draw.random() * len(fitting))]
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


def _agree(one: Partial, other: Partial) -> bool:
    """Report whether two partial rows have the same value of each axis that both have."""
    return all(one[axis] == value for axis, value in other.items() if axis in one)


def _some_bit(bits: int, draw: random.Random) -> int:
    """One of the bits that are set: the first one after a random position."""
    start = int(draw.random() * bits.bit_length())
    rest = bits >> start
    return start + (rest & -rest).bit_length() - 1


def _shuffled(values: Iterable[int], draw: random.Random) -> list[int]:
    # Only random() returns the same numbers in every Python release.
    return sorted(values, key=lambda _: draw.random())
