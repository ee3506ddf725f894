"""Where the built-in template is: in the wheel, or in the checkout that the package runs from."""

from __future__ import annotations

from pathlib import Path


def builtin_root() -> Path:
    """The folder with copier.yml that belongs to this package."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_template"
    return installed if installed.exists() else package.parent.parent
