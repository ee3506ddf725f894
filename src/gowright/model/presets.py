"""Presets: named variants, as presets.yml holds them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Preset:
    """A named variant: its answers are complete but for what names the project."""

    name: str
    help: str
    answers: dict[str, Any]


def read_presets(presets_yml: Path, defaults: dict[str, str]) -> tuple[Preset, ...]:
    """The presets of a template; what one does not answer takes the feature's default."""
    if not presets_yml.exists():
        return ()
    return tuple(
        Preset(name, preset["help"], defaults | (preset.get("answers") or {}))
        for name, preset in yaml.safe_load(presets_yml.read_bytes()).items()
    )
