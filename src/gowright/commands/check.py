"""`check`: whether a project has the newest release of the template."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gowright.model import release
from gowright.model.project import read_project
from gowright.model.source import project_newer, read_recorded, release_tags
from gowright.model.template import SOURCE, Template


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


def check(folder: Path, template: Template, remote: str | None = None) -> Freshness:
    """Compare the release of a project with the newest one.

    Args:
        folder: the folder of the project.
        template: the newest template of this package, for projects that record it as their source.
        remote: the repository whose tags are the releases: a URL, a path, or "recorded" for the one that the project
            records. A project with a template of another source is always compared with that source.

    Raises:
        ToolError: if there's no project, its release is newer than all others, or the repository can't be read.
    """
    recorded = read_recorded(folder)
    source = str(recorded.get("_src_path", SOURCE))
    if remote or source != SOURCE:
        tags = release_tags(source if remote in (None, "recorded") else remote)
        name, current = str(recorded.get("project_name", folder.resolve().name)), str(recorded.get("_commit"))
        return _among(name, current.removeprefix("v"), [tag.removeprefix("v") for tag in tags])
    project = read_project(folder)
    if release.is_newer(project.release, template.release):
        raise project_newer(project.name, project.release, template)
    return _among(project.name, project.release, [*release.recorded(release.bundle()), template.release])


def _among(name: str, current: str, known: list[str]) -> Freshness:
    newer = tuple(each for each in dict.fromkeys(known) if release.is_newer(each, current))
    return Freshness(name, current, known[-1] if known and newer else current, newer)
