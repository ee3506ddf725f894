"""The field types and their rules, as types/types.yml of the template has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import yaml

from gowright.system.builtin import builtin_root


@dataclass(frozen=True, slots=True)
class Kind:
    """What a field type allows; types/types.yml describes the keys."""

    bounds: str = ""
    whole: bool = False
    most: int = 0
    max: int = 0
    unique: bool = True
    index: bool = True
    longest_indexed: int = 0


@cache
def kinds() -> Mapping[str, Kind]:
    """The rules of each field type, by its name."""
    text = (builtin_root() / "types" / "types.yml").read_bytes()
    return {name: Kind(**rules) for name, rules in yaml.safe_load(text).items()}
