"""A covering array covers every allowed tuple in few rows, and is repeatable."""

from __future__ import annotations

import itertools
import random
from math import prod

import pytest

from gowright.matrix.covering import Partial, Space, Tuples, cover


def held(rows: list[Partial], strength: int) -> set[tuple[tuple[int, int], ...]]:
    """The tuples of some rows, counted the simple way."""
    return {each for row in rows for each in itertools.combinations(sorted(row.items()), strength)}


def possible(space: Space, strength: int) -> set[tuple[tuple[int, int], ...]]:
    """The tuples of every valid row, one by one."""
    rows = (dict(enumerate(row)) for row in itertools.product(*map(range, space.sizes)))
    return held([row for row in rows if space.allows(row)], strength)


def some_space(seed: int) -> Space:
    draw = random.Random(seed)
    sizes = tuple(draw.randint(1, 4) for _ in range(draw.randint(2, 5)))
    rules = []
    for _ in range(draw.randint(0, 6)):
        axes = draw.sample(range(len(sizes)), draw.randint(2, min(3, len(sizes))))
        rules.append({axis: draw.randrange(sizes[axis]) for axis in axes})
    return Space(sizes, tuple(rules))


@pytest.mark.parametrize("strength", [1, 2, 3])
@pytest.mark.parametrize("seed", range(12))
def test_every_allowed_tuple_is_covered_and_no_row_is_excluded(seed: int, strength: int) -> None:
    space = some_space(seed)
    strength = min(strength, len(space.sizes))
    rows = cover(Tuples(space, strength))
    assert held(rows, strength) == possible(space, strength)
    assert all(space.allows(row) for row in rows)
    assert all(set(row) == set(range(len(space.sizes))) for row in rows)


def test_combined_rules_are_understood() -> None:
    # 0=0 excludes both values of axis 1.
    space = Space((2, 2, 2), ({0: 0, 1: 0}, {0: 0, 1: 1}))
    assert not space.valid({0: 0})
    assert not space.valid({0: 0, 2: 1})
    assert {row[0] for row in cover(Tuples(space, 2))} == {1}


@pytest.mark.parametrize(
    ("sizes", "strength", "most"),
    [
        ((3, 3, 3, 4), 2, 12),  # the least there can be
        ((3, 3, 3, 4), 3, 40),  # 36 is the least
        ((4, 4, 4, 4, 4), 2, 17),  # 16 is the least
        ((2,) * 8, 2, 8),  # 6 is the least
        ((3,) * 13, 2, 19),  # the best that is known has 15, AETG and IPOG 17 to 20
        ((2, 4, 2, 3, 3, 3, 2, 4, 3, 4, 3, 3), 2, 22),  # 16 is a lower bound
        ((2, 4, 2, 3, 3, 3, 2, 4, 3, 4, 3, 3), 3, 96),  # 64 is a lower bound
    ],
)
def test_arrays_are_small(sizes: tuple[int, ...], strength: int, most: int) -> None:
    rows = cover(Tuples(Space(sizes), strength))
    assert prod(sorted(sizes)[-strength:]) <= len(rows) <= most


@pytest.mark.parametrize("seed", range(6))
def test_each_row_contains_one_of_the_given_parts(seed: int) -> None:
    sizes = some_space(seed).sizes
    parts = cover(Tuples(Space(sizes), 2))
    rows = cover(Tuples(Space((*sizes, 3, 2)), 2), parts=parts)
    assert held(rows, 2) == possible(Space((*sizes, 3, 2)), 2)
    assert all({axis: row[axis] for axis in range(len(sizes))} in parts for row in rows)


def test_given_rows_count_as_covered() -> None:
    tuples = Tuples(Space((2, 2, 2)), 2)
    given: list[Partial] = [dict(enumerate(row)) for row in itertools.product(range(2), repeat=3)]
    assert cover(tuples, given) == []
    assert held([*given[:2], *cover(tuples, given[:2])], 2) == possible(tuples.space, 2)


def test_given_rows_may_leave_out_an_axis() -> None:
    tuples = Tuples(Space((2, 2, 2)), 2)
    assert tuples.covered([{0: 0, 1: 0}]).bit_count() == 1


def test_the_array_is_repeatable() -> None:
    tuples = Tuples(Space((2, 3, 4, 3, 2)), 2)
    assert cover(tuples) == cover(Tuples(Space((2, 3, 4, 3, 2)), 2))


@pytest.mark.parametrize("seed", range(10))
def test_random_rows_are_valid(seed: int) -> None:
    space = some_space(seed)
    if possible(space, 1):
        assert space.allows(space.row(random.Random(seed)))
