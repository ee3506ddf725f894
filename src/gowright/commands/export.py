"""`template export`: the releases of the template as a Git repository."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gowright.errors import writing
from gowright.model import release
from gowright.model.template import Template
from gowright.system import git
from gowright.system.atomic import atomic_directory, temp_directory


@dataclass(frozen=True)
class Exported:
    """An exported repository.

    Attributes:
        path: its folder.
        releases: its tags, oldest first.
    """

    path: Path
    releases: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The result as a JSON object."""
        return {"path": str(self.path), "releases": list(self.releases)}


def export(folder: Path, template: Template) -> Exported:
    """Write all releases of the template to a new repository, with a tag for each.

    Equal releases give equal commits, so that a later export can be pushed to the same place.

    Args:
        folder: a missing or empty folder.
        template: the newest template. It's the last release if no release with its version is recorded.

    Raises:
        ToolError: if the folder isn't empty or can't be written, or git fails.
    """
    destination = folder.absolute()
    with atomic_directory(destination) as place, temp_directory() as scratch, writing(scratch):
        bundle = scratch / "releases.bundle"
        if release.bundle().exists():
            shutil.copyfile(release.bundle(), bundle)
        if template.release not in release.recorded(bundle):
            release.record(bundle, template.release, template.root)
        versions = release.recorded(bundle)
        git.git(["init", "--quiet", "--template=", "--initial-branch=main", "."], cwd=place)
        tags = "refs/tags/*:refs/tags/*"
        git.git(["fetch", "--quiet", "--no-tags", str(bundle), tags], cwd=place)
        git.git(["reset", "--quiet", "--hard", f"v{versions[-1]}"], cwd=place)
    return Exported(destination, tuple(f"v{version}" for version in versions))
