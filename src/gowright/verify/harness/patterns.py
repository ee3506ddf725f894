"""Text that matches a regular expression.

Python's own parser takes the pattern apart. What it finds is written down again with random
choices; what is not understood is left out, and whoever asked checks the result.
"""

from __future__ import annotations

import re
import re._constants as ops  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
import string
from random import Random
from typing import Any

_MOST_REPEATS = 6
_LETTERS = string.ascii_letters + string.digits
_CATEGORIES = {
    ops.CATEGORY_DIGIT: string.digits,
    ops.CATEGORY_WORD: _LETTERS,
    ops.CATEGORY_SPACE: " ",
}


def example(pattern: str, random: Random) -> str:
    """A text that probably matches the pattern."""
    try:
        return "".join(_text(part, random) for part in parser.parse(pattern))
    except (re.error, IndexError):
        return ""


def _text(part: tuple[Any, Any], random: Random) -> str:
    kind, value = part
    if kind is ops.LITERAL:
        return chr(value)
    if kind is ops.NOT_LITERAL:
        return random.choice(_LETTERS.replace(chr(value), ""))
    if kind is ops.ANY:
        return random.choice(_LETTERS)
    if kind is ops.IN:
        return _one_of(value, random)
    if kind is ops.BRANCH:
        return _all(random.choice(value[1]), random)
    if kind is ops.SUBPATTERN:
        return _all(value[-1], random)
    if kind in (ops.MAX_REPEAT, ops.MIN_REPEAT):
        least, most, repeated = value
        count = random.randint(least, min(most, least + _MOST_REPEATS))
        return "".join(_all(repeated, random) for _ in range(count))
    return ""


def _all(parts: Any, random: Random) -> str:
    return "".join(_text(part, random) for part in parts)


def _one_of(choices: list[tuple[Any, Any]], random: Random) -> str:
    if choices[0][0] is ops.NEGATE:
        refused = {chr(value) for kind, value in choices[1:] if kind is ops.LITERAL}
        return random.choice([each for each in _LETTERS if each not in refused])
    kind, value = random.choice(choices)
    if kind is ops.RANGE:
        return chr(random.randint(*value))
    if kind is ops.CATEGORY:
        return random.choice(_CATEGORIES.get(value, "x"))
    return chr(value)
