"""`list`: the features, presets, and releases."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from gowright.model import release
from gowright.model.template import Template


def list_features(template: Template) -> list[dict[str, Any]]:
    """The features: name, flag, help, default, and choices."""
    return [
        {
            "name": feature.name,
            "flag": feature.flag,
            "help": feature.help,
            "default": feature.default,
            "choices": [asdict(choice) for choice in feature.choices],
        }
        for feature in template.features()
    ]


def list_presets(template: Template) -> list[dict[str, Any]]:
    """The presets: name, help, and answers."""
    return [asdict(preset) for preset in template.presets()]


def list_releases(template: Template) -> list[dict[str, Any]]:
    """The releases, oldest first: the version, whether the bundle contains it, and whether `new` uses it."""
    recorded = release.recorded(release.bundle())
    versions = recorded if template.release in recorded else [*recorded, template.release]
    return [
        {
            "release": version,
            "recorded": version in recorded,
            "current": version == template.release,
        }
        for version in versions
    ]
