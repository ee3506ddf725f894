"""`check`: whether a project has the newest release of the template."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gowright.errors import ToolError, escape
from gowright.model import release
from gowright.model.project import read_project
from gowright.model.template import Template


@dataclass(frozen=True, slots=True)
class Freshness:
    """The release of a project, and the releases after it.

    Attributes:
        project: the name of the project.
        release: the release that it has.
        newest: the newest release.
        newer: the recorded releases after that of the project, oldest first.
    """

    project: str
    release: str
    newest: str
    newer: tuple[str, ...]

    @property
    def current(self) -> bool:
        """Report whether the project has the newest release."""
        return self.release == self.newest


def check(folder: Path, template: Template) -> Freshness:
    """Compare the release of a project with the newest one.

    Args:
        folder: the folder of the project.
        template: the newest template.

    Raises:
        ToolError: if there's no project, or it has a newer release than the template.
    """
    project = read_project(folder)
    if release.is_newer(project.release, template.release):
        raise ToolError(
            "project-newer",
            f"{escape(project.name)} has release {escape(project.release)}",
            why=f"this version of gowright knows releases up to {template.release}",
            fix="upgrade gowright: pip install --upgrade gowright",
        )
    known = [*release.recorded(release.bundle()), template.release]
    newer = tuple(each for each in dict.fromkeys(known) if release.is_newer(each, project.release))
    return Freshness(project.name, project.release, template.release, newer)
