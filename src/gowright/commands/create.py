"""`new`: from spec to a project on disk."""

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

#: Shows that something goes on.
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

    def document(self) -> dict[str, Any]:
        """The result as one JSON document."""
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
    """Create a project, whole or not at all.

    Args:
        spec: what is wanted.
        template: what to render.
        ask: asks for what is left open; without it, defaults answer.
        dry_run: render, but put nothing at the path.
        working: shows, while its block runs, that work goes on.

    Raises:
        BadAnswer: when an answer is not acceptable.
        ToolError: when the path is taken or cannot be written, or git is missing or fails.
    """
    destination = _destination(spec.path)
    if not str(destination).isprintable():
        why = "a path holds printable characters only"
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
            name = recorded.get("project_name", destination.name)
            _commit(folder, f"Generate {name} with gowright {template.release}")
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
    """Where a path leads. With `..` its folders are not those that the project lies in."""
    place = path.absolute()
    return Path(os.path.realpath(place)) if ".." in place.parts else place


def _go_to(spec: ProjectSpec, destination: Path) -> tuple[str, ...]:
    """The command that goes to the project from the user's shell, where one is needed."""
    if spec.directory == Path() and destination == Path.cwd():
        return ()
    place = str(spec.directory / spec.path)
    return (f"cd {shlex.quote(f'./{place}' if place.startswith('-') else place)}",)


@contextmanager
def _nowhere() -> Iterator[Path]:
    """A folder for what is only looked at."""
    with temp_directory() as folder, writing(folder.parent):
        yield folder


def _refuse_own_dependency(project: Path, module_path: str) -> None:
    """Refuse to call the service as a module that it needs: Go would look for that one in it."""
    go_mod = project / "go.mod"
    text = go_mod.read_text(encoding="utf-8") if go_mod.exists() else ""
    if module_path in re.findall(r"^\t(\S+) v", text, re.M):
        raise BadAnswer(
            "bad-module-path",
            f"the module path {module_path} is taken",
            why="the service needs the module of that name",
            fix="pass --module-path github.com/you/shop-api, for example",
        )


def _commit(project: Path, message: str) -> None:
    try:
        git.first_commit(project, message)
    except ToolError as error:
        fix = f"{error.fix}; or pass --no-git"
        raise ToolError(error.code, error.what, why=error.why, fix=fix) from error


def _may_commit(destination: Path) -> bool:
    """Whether the project gets a repository of its own."""
    if git.inside_repository(destination):
        return False
    if not git.installed():
        raise ToolError(
            "tool-missing",
            "git is not on PATH",
            why="a new project starts with a first commit",
            fix="install git, or pass --no-git",
        )
    return True
