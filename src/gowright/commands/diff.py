"""`diff`: what the team has changed since the project was rendered."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gowright.commands.change import render
from gowright.model.ledger import changed_paths, printable
from gowright.model.source import generated_project
from gowright.system.merge.repository import Repository
from gowright.system.merge.store import temporary_store
from gowright.system.merge.trees import Tree


@dataclass(frozen=True)
class Drift:
    """The differences between the render of a project and its tracked files.

    Attributes:
        project: the name of the project.
        release: its release.
        added: the files that the team has added.
        modified: the files of the template that the team has edited.
        deleted: the files of the template that the team has deleted, or renamed.
        patch: the differences, for `git apply` in the folder of a new render.
        stat: the differences as a histogram of lines.
    """

    project: str
    release: str
    added: tuple[str, ...]
    modified: tuple[str, ...]
    deleted: tuple[str, ...]
    patch: bytes
    stat: str

    @property
    def empty(self) -> bool:
        """Report whether there's no difference."""
        return not (self.added or self.modified or self.deleted)

    def as_dict(self) -> dict[str, Any]:
        """The drift as a JSON object."""
        return {
            "project": self.project,
            "release": self.release,
            "added": [printable(path) for path in self.added],
            "modified": [printable(path) for path in self.modified],
            "deleted": [printable(path) for path in self.deleted],
            "patch": self.patch.decode("utf-8", errors="replace"),
        }


def diff(folder: Path) -> Drift:
    """Compare a project, as it's in the work tree, with its own render. Changes nothing.

    Args:
        folder: the folder of the project.

    Raises:
        ToolError: if it's no project in a Git repository, or its release isn't available.
    """
    with generated_project(folder) as project:
        repository = Repository.of(project.root)
        with temporary_store(repository) as store:
            committed = repository.tree()
            place = store.root / "render" / repository.prefix
            render(project.template, project.answers, place, "the recorded answers")
            base = store.add("render", place, committed)
            ours = store.add_tracked("ours", committed)
            before, after = store.commits(render=base, ours=ours).values()
            return Drift(
                project=project.name,
                release=project.template.release,
                added=_only(ours, base),
                modified=tuple(path for path in changed_paths(base, ours) if path in base and path in ours),
                deleted=_only(base, ours),
                patch=store.patch(before, after),
                stat=store.stat(before, after).decode("utf-8", errors="replace"),
            )


def _only(one: Tree, other: Tree) -> tuple[str, ...]:
    return tuple(sorted(one.keys() - other.keys()))
