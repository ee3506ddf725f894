"""`new`: creates a project on disk from a ProjectSpec."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gowright.commands.spec import Ask, ProjectSpec, answer
from gowright.errors import BadAnswer, ToolError, escape, writing
from gowright.model.plan import Action, Plan
from gowright.model.template import Template
from gowright.system import git
from gowright.system.atomic import atomic_directory, require_empty, temp_directory

#: Shows the user that work is in progress while its block runs.
Working = Callable[[str], AbstractContextManager[None]]


def _silently(_what: str) -> AbstractContextManager[None]:
    return nullcontext()


@dataclass(frozen=True)
class Created:
    """What `new` did, or would do."""

    path: Path
    answers: dict[str, Any]
    release: str
    plan: Plan
    written: bool
    committed: bool
    next: tuple[str, ...]
    hints: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The result as a JSON object."""
        return {
            "path": str(self.path),
            "release": self.release,
            "answers": self.answers,
            "files": self.plan.paths(Action.CREATE),
            "written": self.written,
            "committed": self.committed,
            "hints": list(self.hints),
            "next": list(self.next),
        }


def create(
    spec: ProjectSpec,
    template: Template,
    *,
    ask: Ask | None = None,
    dry_run: bool = False,
    working: Working = _silently,
) -> Created:
    """Create a project completely, or not at all.

    Args:
        spec: the requested project.
        template: the template to render.
        ask: asks for missing answers; without it, the defaults are used.
        dry_run: render, but write nothing to the path.
        working: shows that work is in progress.

    Raises:
        BadAnswer: if an answer is invalid.
        ToolError: if the path exists or cannot be written, or if git is missing or fails.
    """
    destination = _destination(spec.path)
    if not str(destination).isprintable():
        why = "a path contains only printable characters"
        raise BadAnswer("bad-path", f"cannot create {escape(spec.path)}", why=why, fix="choose another path")
    require_empty(destination)
    commits = spec.commit and not dry_run and _may_commit(destination)
    answers, hints = answer(spec, destination.name, template, ask)
    place = _nowhere() if dry_run else atomic_directory(destination)
    with working("generating"), place as folder:
        template.render(answers, folder)
        plan = Plan.between(None, folder)
        recorded = template.recorded(folder)
        _refuse_own_dependency(folder, recorded.get("module_path", ""))
        if commits:
            _commit(folder, f"chore: generate the service with gowright {template.release}")
    return Created(
        path=destination,
        answers=recorded,
        release=template.release,
        plan=plan,
        written=not dry_run,
        committed=commits,
        next=() if dry_run else (*_go_to(spec, destination), "go run ./cmd/server"),
        hints=hints,
    )


def _destination(path: Path) -> Path:
    """The absolute path; `..` is resolved, because the parents of the path would be wrong otherwise."""
    place = path.absolute()
    return Path(os.path.realpath(place)) if ".." in place.parts else place


def _go_to(spec: ProjectSpec, destination: Path) -> tuple[str, ...]:
    """The command that changes to the project from the user's shell, if one is needed."""
    if spec.directory == Path() and destination == Path.cwd():
        return ()
    place = str(spec.directory / spec.path)
    return (f"cd {shlex.quote(f'./{place}' if place.startswith('-') else place)}",)


@contextmanager
def _nowhere() -> Iterator[Path]:
    """A temporary folder for a dry run."""
    with temp_directory() as folder, writing(folder.parent):
        yield folder


def _refuse_own_dependency(project: Path, module_path: str) -> None:
    """Refuse the module path of a dependency: Go would look for the dependency in the service."""
    go_mod = project / "go.mod"
    text = go_mod.read_text(encoding="utf-8") if go_mod.exists() else ""
    if module_path in re.findall(r"^\t(\S+) v", text, re.M):
        raise BadAnswer(
            "bad-module-path",
            f"the module path {module_path} is taken",
            why="a dependency of the service has this path",
            fix="choose another path, for example --module-path github.com/you/shop-api",
        )


def _commit(project: Path, message: str) -> None:
    try:
        git.first_commit(project, message)
    except ToolError as error:
        fix = f"{error.fix}; or pass --no-git"
        raise ToolError(error.code, error.what, why=error.why, fix=fix) from error


def _may_commit(destination: Path) -> bool:
    """Report whether the project gets its own repository."""
    if git.inside_repository(destination):
        return False
    if not git.installed():
        raise ToolError(
            "tool-missing",
            "git is not on PATH",
            why="a new project gets a repository with a first commit",
            fix="install git, or pass --no-git",
        )
    return True
