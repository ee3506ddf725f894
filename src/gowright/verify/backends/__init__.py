"""The backends of the choices: `<feature>/<choice>.py`, each with a class `Backend`."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from gowright.model.features import Feature
from gowright.model.project import Project

if TYPE_CHECKING:
    from gowright.verify.backends.base import Backend


def backend_of(feature: str, choice: str) -> type[Backend] | None:
    """The backend of a choice; None for one that needs no server and no accounts."""
    name = f"{__name__}.{feature}.{choice.replace('-', '_')}"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and name.startswith(error.name):
            return None
        raise
    return getattr(module, "Backend", None)


def backends_of(project: Project) -> dict[str, type[Backend]]:
    """The backends of a project, by feature."""
    found = {feature: backend_of(feature, choice) for feature, choice in project.choices.items()}
    return {feature: backend for feature, backend in found.items() if backend is not None}


def all_backends(features: Iterable[Feature]) -> Iterator[type[Backend]]:
    """The backends of all choices whose packages are installed; each class once."""
    seen = set()
    for feature in features:
        for choice in feature.values:
            try:
                backend = backend_of(feature.name, choice)
            except ImportError:
                # A package of the extra `verify` is missing, which `doctor` reports once.
                continue
            if backend is not None and backend not in seen:
                seen.add(backend)
                yield backend
