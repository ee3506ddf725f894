"""The rules of a Makefile."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

#: A pattern for the path of a script of the project in a command.
SCRIPT = r"(?<![\w/.-])(?:\./)?(?P<path>scripts/[\w./-]*\w)"

_RULE = re.compile(r"(?P<targets>[A-Za-z0-9_. -]+?)\s*:(?![:=])(?P<prerequisites>[^#]*)")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule.

    Attributes:
        prerequisites: the targets that are made first.
        recipe: the lines of its recipe.
    """

    prerequisites: tuple[str, ...]
    recipe: tuple[str, ...]


def read_rules(text: str) -> dict[str, Rule]:
    """The rules of a Makefile by target. Rules of the same target are joined."""
    rules: dict[str, Rule] = {}
    current: list[str] = []
    for line in text.splitlines():
        if line.startswith("\t"):
            for target in current:
                rules[target] = Rule(rules[target].prerequisites, (*rules[target].recipe, line.strip()))
        elif match := _RULE.match(line):
            current = match["targets"].split()
            for target in current:
                known = rules.get(target, Rule((), ()))
                rules[target] = Rule((*known.prerequisites, *match["prerequisites"].split()), known.recipe)
        elif line.strip():
            current = []
    return rules


def recipe_of(rules: Mapping[str, Rule], target: str) -> Iterator[str]:
    """Yield the lines that make a target: those of its prerequisites first."""
    done: set[str] = set()

    def lines(name: str) -> Iterator[str]:
        if name in done or name not in rules:
            return
        done.add(name)
        for each in rules[name].prerequisites:
            yield from lines(each)
        yield from rules[name].recipe

    yield from lines(target)
