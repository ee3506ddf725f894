"""Presets: named sets of answers, as defined in presets.yml."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Preset:
    """A named set of answers. It's complete, except for the names of the project."""

    name: str
    help: str
    answers: dict[str, Any]


def read_presets(presets_yml: Path, defaults: dict[str, str]) -> tuple[Preset, ...]:
    """Return the presets of a template. Missing answers are the defaults of the features."""
    if not presets_yml.exists():
        return ()
    return tuple(
        Preset(name, preset["help"], defaults | (preset.get("answers") or {}))
        for name, preset in yaml.safe_load(presets_yml.read_bytes()).items()
    )
