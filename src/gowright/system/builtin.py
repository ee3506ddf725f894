"""The path of the built-in template."""

from __future__ import annotations

from pathlib import Path


def builtin_root() -> Path:
    """The folder with copier.yml, in the wheel or in the checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_template"
    return installed if installed.exists() else package.parent.parent
