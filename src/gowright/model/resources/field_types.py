"""The field types and their rules, from types/types.yml of the template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from gowright.system.builtin import builtin_root
from gowright.system.yaml_files import read_yaml


@dataclass(frozen=True, slots=True)
class FieldType:
    """The rules of a field type; types/types.yml describes the keys."""

    bounds: str = ""
    whole: bool = False
    most: int = 0
    max: int = 0
    unique: bool = True
    index: bool = True
    longest_indexed: int = 0
    sort: bool = False
    range: bool = False
    search: bool = False
    default: bool = False
    fallback: str = ""


@cache
def field_types() -> Mapping[str, FieldType]:
    """The rules of each field type, by name."""
    types = read_yaml(builtin_root() / "types" / "types.yml")
    return {name: FieldType(**rules) for name, rules in types.items()}
