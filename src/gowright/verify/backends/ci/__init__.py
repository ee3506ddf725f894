"""The pipelines of a project: `<choice>.py`, each with a class `Pipelines`."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from gowright.model.project import Project

if TYPE_CHECKING:
    from gowright.verify.backends.base import Context
    from gowright.verify.backends.ci.base import Pipelines

_FEATURE = "ci"


def system_of(project: Project) -> type[Pipelines] | None:
    """The class that reads the pipelines of a project, or None if the project has none."""
    facts = project.facts.get(_FEATURE)
    if facts is None or _FEATURE not in facts.traits:
        return None
    system: type[Pipelines] = importlib.import_module(f"{__name__}.{facts.family}").Pipelines
    return system


def pipelines_of(context: Context) -> Pipelines:
    """Return the pipelines of a project that has some."""
    system = system_of(context.project)
    if system is None:
        raise TypeError(f"{context.project.name} has no pipelines")
    return system(context)
