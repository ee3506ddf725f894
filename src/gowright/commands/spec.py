"""ProjectSpec: the project that a user requests, and the resulting answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gowright.commands.assignments import read_assignments
from gowright.errors import BadAnswer, escape
from gowright.model.answers import check_answers, load_answers, read_resources
from gowright.model.project_names import NAME_RULE, default_module_path, suggest_project_name
from gowright.model.resources.names import did_you_mean
from gowright.model.template import Template

#: Asks for the answers that the first mapping lacks; the second mapping has suggestions.
Ask = Callable[[Template, Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]

#: Answers, and hints about defaults.
Answered = tuple[dict[str, Any], tuple[str, ...]]


@dataclass(frozen=True)
class ProjectSpec:
    """The project that a user requests. Flags override the file, and the file overrides the preset.

    Attributes:
        path: relative to the current folder.
        flags: answers by question.
        directory: the current folder, relative to the user's shell.
        data: more answers, each as NAME=VALUE. None repeats one of the flags.
    """

    path: Path
    flags: Mapping[str, str] = field(default_factory=dict)
    resources: Sequence[str] = ()
    answers_file: Path | None = None
    preset: str | None = None
    commit: bool = True
    directory: Path = Path()
    data: Sequence[str] = ()


def answer(spec: ProjectSpec, folder: str, template: Template, ask: Ask | None) -> Answered:
    """Return the checked answers to render with, and hints about them.

    Args:
        spec: the requested project.
        folder: the name of the project's folder, the default for the project name.
        template: the template that asks the questions.
        ask: asks for missing answers; without it, the defaults are used.

    Raises:
        BadAnswer: if an answer is invalid.
    """
    features = template.features()
    from_file = _from_file(spec.answers_file, template)
    own = template.own_questions()
    from_flags = check_answers(spec.flags, features, lambda name: f"--{name.replace('_', '-')}", own)
    from_flags |= _from_data(spec, template)
    given = _preset(spec.preset, template) | from_file | from_flags
    if spec.resources:
        given["resources"] = _resources(spec.resources, template)
    suggestion = suggest_project_name(folder)
    hints = _name_hints(from_file, from_flags, suggestion)
    if ask:
        answers = ask(template, given, {"project_name": suggestion} if suggestion else {})
        return check_answers(answers, features, own=own), hints
    if "project_name" not in given:
        given["project_name"] = suggestion or _no_suggestion(folder)
    if "module_path" not in given:
        name = given["project_name"]
        path = given["module_path"] = default_module_path(name)
        hints += (f"the module path is {path}; to change it, pass --module-path github.com/you/{name}",)
    return given, hints


def _from_data(spec: ProjectSpec, template: Template) -> dict[str, Any]:
    """The answers to any questions, for those that no flag has."""
    given = read_assignments(spec.data, "--data NAME=VALUE")
    for name in given:
        if name in spec.flags:
            raise BadAnswer(
                "bad-assignment",
                f"{escape(name)} is given twice",
                why="a flag sets it, and --data sets it",
                fix="pass one of them",
            )
    if "resources" in given:
        raise BadAnswer("bad-assignment", "--data resources: there is a flag for it", fix="pass --resource")
    features, own = template.features(), template.own_questions()
    return check_answers(given, features, lambda name: f"--data {name}", own)


def _name_hints(
    from_file: Mapping[str, Any], from_flags: Mapping[str, Any], suggestion: str
) -> tuple[str, ...]:
    """Warn if an answers file contains the name of another project."""
    recorded = from_file.get("project_name", "")
    name = from_flags.get("project_name", suggestion)
    if not recorded or not name or name == recorded:
        return ()
    if "project_name" not in from_flags:
        flags = f"--project-name {name} --module-path github.com/you/{name}"
        return (f"the answers file names the project {recorded}; to change it, pass {flags}",)
    if path := from_file.get("module_path", "") if "module_path" not in from_flags else "":
        return (
            f"the answers file sets the module path {path}; to change it, pass --module-path github.com/you/{name}",
        )
    return ()


def _preset(name: str | None, template: Template) -> dict[str, Any]:
    if name is None:
        return {}
    presets = {preset.name: preset for preset in template.presets()}
    if name not in presets:
        raise BadAnswer(
            "unknown-preset",
            f"--preset: {escape(name, 30)} is not a preset",
            why=f"presets are {', '.join(presets)}",
            fix=f"gowright list presets{did_you_mean(name, presets)}",
        )
    return dict(presets[name].answers)


def _from_file(path: Path | None, template: Template) -> dict[str, Any]:
    if path is None:
        return {}
    answers = check_answers(
        load_answers(path),
        template.features(),
        lambda name: f"{escape(path)}: {name}",
        template.own_questions(),
    )
    if "resources" in answers:
        try:
            answers["resources"] = _resources(answers["resources"], template)
        except BadAnswer as error:
            what = f"{escape(path)}: {error.what}"
            raise BadAnswer(error.code, what, why=error.why, fix=error.fix) from error
    return answers


def _resources(raw: Any, template: Template) -> list[dict[str, Any]]:
    return [resource.answer() for resource in read_resources(raw, template.reserved_names())]


def _no_suggestion(folder: str) -> str:
    raise BadAnswer(
        "bad-project-name",
        f"cannot derive a project name from the folder name {escape(folder, 30)}",
        why=NAME_RULE,
        fix="pass a name, for example --project-name shop-api",
    )
