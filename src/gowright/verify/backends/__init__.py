"""The backends of the choices: `<feature>/<choice>.py`, each with a class `Backend`."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gowright.model.facts import Facts
from gowright.model.project import Project
from gowright.model.template import Template

if TYPE_CHECKING:
    from gowright.verify.backends.base import Backend


def backend_of(feature: str, facts: Facts) -> type[Backend] | None:
    """The backend of a choice or its family, or None if it needs neither a server nor accounts."""
    name = f"{__name__}.{feature}.{facts.family.replace('-', '_')}"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and name.startswith(error.name):
            return None
        raise
    return getattr(module, "Backend", None)


def backends_of(project: Project) -> Iterator[tuple[type[Backend], Facts]]:
    """The backends of a project, each with the facts of its choice."""
    for feature, facts in project.facts.items():
        if backend := backend_of(feature, facts):
            yield backend, facts


def all_backends(template: Template) -> Iterator[tuple[type[Backend], Facts]]:
    """The backends of all choices of a template, each once. Backends with missing packages are left out."""
    seen = set()
    for feature in template.features():
        for choice in feature.values:
            facts = template.facts(feature.name, choice)
            try:
                backend = backend_of(feature.name, facts)
            except ImportError:
                # A package of the extra `verify` is missing; `doctor` reports that separately.
                continue
            if backend is not None and backend not in seen:
                seen.add(backend)
                yield backend, facts
