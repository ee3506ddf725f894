"""ProjectSpec: what somebody wants of a new project, and the answers that come of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gowright.errors import BadAnswer, escape
from gowright.model.answers import check_answers, load_answers, read_resources
from gowright.model.features import Feature
from gowright.model.project_names import NAME_RULE, default_module_path, suggest_project_name
from gowright.model.resources.names import did_you_mean
from gowright.model.template import Template

#: Asks for what the given answers leave open; the second mapping holds suggestions.
Ask = Callable[[Template, Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]

#: Answers, and hints about those that nobody gave.
Answered = tuple[dict[str, Any], tuple[str, ...]]


@dataclass(frozen=True)
class ProjectSpec:
    """What somebody wants of a new project. Flags go before the file, the file before the preset.

    `path` is seen from the current folder, and that from the user's shell is `directory`.
    """

    path: Path
    flags: Mapping[str, str] = field(default_factory=dict)
    resources: Sequence[str] = ()
    answers_file: Path | None = None
    preset: str | None = None
    commit: bool = True
    directory: Path = Path()


def answer(spec: ProjectSpec, folder: str, template: Template, ask: Ask | None) -> Answered:
    """The answers to render with, checked, and hints about them.

    Args:
        spec: what is wanted.
        folder: the name of the project's folder, which may name the project.
        template: what is answered.
        ask: asks for what is left open; without it, defaults answer.

    Raises:
        BadAnswer: when an answer is not acceptable.
    """
    features = template.features()
    filed = _from_file(spec.answers_file, features)
    flagged = check_answers(spec.flags, features, lambda name: f"--{name.replace('_', '-')}")
    given = _preset(spec.preset, template) | filed | flagged
    if spec.resources:
        given["resources"] = _resources(spec.resources)
    suggestion = suggest_project_name(folder)
    hints = _of_another(filed, flagged, suggestion)
    if ask:
        asked = ask(template, given, {"project_name": suggestion} if suggestion else {})
        return check_answers(asked, features), hints
    if "project_name" not in given:
        given["project_name"] = suggestion or _no_suggestion(folder)
    if "module_path" not in given:
        name = given["project_name"]
        path = given["module_path"] = default_module_path(name)
        hints += (f"the module path is {path}; --module-path github.com/you/{name} sets yours",)
    return given, hints


def _of_another(filed: Mapping[str, Any], flagged: Mapping[str, Any], suggestion: str) -> tuple[str, ...]:
    """A hint when a file of answers calls the new project as it calls the one that it is of."""
    called = filed.get("project_name", "")
    name = flagged.get("project_name", suggestion)
    if not called or not name or name == called:
        return ()
    if "project_name" not in flagged:
        flags = f"--project-name {name} --module-path github.com/you/{name}"
        return (f"the project is called {called}, as the answers say; {flags} sets yours",)
    if path := filed.get("module_path", "") if "module_path" not in flagged else "":
        return (
            f"the module path is {path}, as the answers say; --module-path github.com/you/{name} sets yours",
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


def _from_file(path: Path | None, features: Sequence[Feature]) -> dict[str, Any]:
    if path is None:
        return {}
    answers = check_answers(load_answers(path), features, lambda name: f"{escape(path)}: {name}")
    if "resources" in answers:
        try:
            answers["resources"] = _resources(answers["resources"])
        except BadAnswer as error:
            what = f"{escape(path)}: {error.what}"
            raise BadAnswer(error.code, what, why=error.why, fix=error.fix) from error
    return answers


def _resources(raw: Any) -> list[dict[str, Any]]:
    return [resource.answer() for resource in read_resources(raw)]


def _no_suggestion(folder: str) -> str:
    raise BadAnswer(
        "bad-project-name",
        f"no project name can be made of the folder's name, {escape(folder, 30)}",
        why=NAME_RULE,
        fix="pass --project-name shop-api, for example",
    )
