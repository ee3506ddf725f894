"""`new`: from wishes to a project on disk."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gowright import engine, git, grammar
from gowright.answers import check_answers, load_answers, read_resources
from gowright.errors import BadAnswer, ToolError, shown
from gowright.features import Feature
from gowright.identity import check_module_path, suggest_project_name
from gowright.names import did_you_mean
from gowright.plan import Kind, Plan
from gowright.resource import Resource
from gowright.staging import refuse_taken, staged
from gowright.template import Template

#: Asks for what the given answers leave open; the second mapping holds suggestions.
Ask = Callable[[Template, Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]

#: Shows that something goes on.
Working = Callable[[str], AbstractContextManager[None]]


def _silently(_what: str) -> AbstractContextManager[None]:
    return nullcontext()


@dataclass(frozen=True)
class Wishes:
    """What somebody wants of a new project. Flags go before the file, the file before the preset."""

    path: Path
    flags: Mapping[str, str] = field(default_factory=dict)
    resources: Sequence[str] = ()
    answers_file: Path | None = None
    preset: str | None = None
    commit: bool = True


@dataclass(frozen=True)
class Created:
    """What `new` did, or would do."""

    path: Path
    answers: dict[str, Any]
    release: str
    plan: Plan
    committed: bool
    next: tuple[str, ...]
    hints: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """The result as one JSON document."""
        return {
            "path": str(self.path),
            "release": self.release,
            "answers": self.answers,
            "files": self.plan.paths(Kind.CREATE),
            "committed": self.committed,
            "next": list(self.next),
        }


def create(
    wishes: Wishes,
    template: Template,
    *,
    ask: Ask | None = None,
    dry_run: bool = False,
    working: Working = _silently,
) -> Created:
    """Create a project, whole or not at all.

    Args:
        wishes: what is wanted.
        template: what to render.
        ask: asks for what is left open; without it, defaults answer.
        dry_run: render, but put nothing at the path.
        working: shows, while its block runs, that work goes on.

    Raises:
        BadAnswer: when an answer is not acceptable.
        ToolError: when the path is taken or cannot be written, or git is missing or fails.
    """
    destination = wishes.path.absolute()
    if not str(destination).isprintable():
        why = "a path holds printable characters only"
        raise BadAnswer("bad-path", f"cannot create {shown(wishes.path)}", why=why, fix="choose another path")
    refuse_taken(destination)
    commits = wishes.commit and not dry_run and _may_commit(destination)
    answers, hints = _answer(wishes, template, ask)
    place = _scratch() if dry_run else staged(destination)
    with working("generating"), place as folder:
        template.render(answers, folder)
        plan = Plan.between(None, folder)
        recorded = template.recorded(folder)
        if commits:
            name = recorded.get("project_name", destination.name)
            git.first_commit(folder, f"Generate {name} with gowright {template.release}")
    return Created(
        path=destination,
        answers=recorded,
        release=template.release,
        plan=plan,
        committed=commits,
        next=(*_go_to(wishes.path), "go run ./cmd/server"),
        hints=hints,
    )


def _go_to(path: Path) -> tuple[str, ...]:
    """The command that goes to the project from here, where one is needed."""
    return () if path.absolute() == Path.cwd() else (f"cd {shlex.quote(str(path))}",)


@contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="gowright-") as folder:
        yield Path(folder)


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


def _answer(wishes: Wishes, template: Template, ask: Ask | None) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The answers to render with, checked, and hints about those that nobody gave."""
    features = template.features()
    given = _preset(wishes.preset, template) | _from_file(wishes.answers_file, features)
    given |= check_answers(wishes.flags, features, lambda name: f"--{name.replace('_', '-')}")
    if wishes.resources:
        given["resources"] = [grammar.parse(text) for text in wishes.resources]
    if "resources" in given:
        given["resources"] = [resource.answer() for resource in read_resources(given["resources"])]
    suggestion = suggest_project_name(wishes.path.absolute().name)
    if ask:
        asked = ask(template, given, {"project_name": suggestion} if suggestion else {})
        return check_answers(asked, features), ()
    if "project_name" not in given:
        given["project_name"] = suggestion or _no_suggestion(wishes.path)
    if "module_path" in given:
        return given, ()
    name = given["project_name"]
    given["module_path"] = f"example.com/{name}"
    check_module_path(given["module_path"], "the module path")
    hint = f"the module path is example.com/{name}; --module-path github.com/you/{name} sets yours"
    return given, (hint,)


def _preset(name: str | None, template: Template) -> dict[str, Any]:
    if name is None:
        return {}
    presets = {preset.name: preset for preset in template.presets()}
    if name not in presets:
        raise BadAnswer(
            "unknown-preset",
            f"--preset: {shown(name, 30)} is not a preset",
            why=f"presets are {', '.join(presets)}",
            fix=f"gowright list presets{did_you_mean(name, presets)}",
        )
    return dict(presets[name].answers)


def _from_file(path: Path | None, features: Sequence[Feature]) -> dict[str, Any]:
    if path is None:
        return {}
    return check_answers(load_answers(path), features, lambda name: f"{shown(path)}: {name}")


def _no_suggestion(path: Path) -> str:
    raise BadAnswer(
        "bad-project-name",
        f"no project name can be made of the folder's name, {shown(path.absolute().name, 30)}",
        why="a name starts with a letter and holds lower-case letters, digits and single dashes",
        fix="pass --project-name shop-api, for example",
    )


def ask_in_terminal(
    template: Template, given: Mapping[str, Any], suggested: Mapping[str, Any]
) -> dict[str, Any]:
    """Ask for what the given answers leave open: an `Ask`.

    Raises:
        KeyboardInterrupt: when the user breaks off.
    """
    asked = template.ask({"resources": [], **given}, suggested)
    if "resources" not in given and asked.pop("resources", None) is not None:
        lines = engine.ask_lines(_RESOURCES, _problem)
        if lines:  # without any, the template's own sample
            asked["resources"] = [resource.answer() for resource in _resources(lines)]
    return asked


_RESOURCES = f"""Which resources does it serve? One per line, such as
  {grammar.EXAMPLE}
  An empty line ends the list; at once, it makes a sample resource.
 """


def _resources(lines: Sequence[str]) -> list[Resource]:
    return read_resources([grammar.parse(line) for line in lines])


def _problem(lines: Sequence[str]) -> str:
    """What is wrong with resources as they were typed; empty when nothing is."""
    try:
        _resources(lines)
    except BadAnswer as error:
        return ": ".join(part for part in (error.what, error.fix or error.why) if part)
    return ""
