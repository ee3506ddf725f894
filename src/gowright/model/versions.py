"""The versions in versions.yml beside the template."""

from __future__ import annotations

from functools import cache
from typing import Any

from gowright.system.builtin import builtin_root
from gowright.system.yaml_files import read_yaml


@cache
def _versions() -> dict[str, Any]:
    versions: dict[str, Any] = read_yaml(builtin_root() / "versions.yml")
    return versions


def oldest_go() -> tuple[int, ...]:
    """The oldest Go version that can build a generated service, such as (1, 26)."""
    return _numbers(_versions()["go"]["oldest"])


def newest_go() -> tuple[int, ...]:
    """The newest Go version that generated services are verified with."""
    return _numbers(_versions()["go"]["newest"])


def golangci_lint() -> str:
    """The version of the linter that generated services pass, such as v2.15.0."""
    return str(_versions()["golangci_lint"])


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))
