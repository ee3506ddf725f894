"""`update`: changes the release of a project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gowright.commands.assignments import check_assignments, read_assignments
from gowright.commands.change import change
from gowright.commands.change_options import Options
from gowright.errors import BadAnswer, ToolError, escape
from gowright.model import release as releases
from gowright.model.ledger import Ledger
from gowright.model.source import Generated, generated_project
from gowright.model.template import Template


def update(
    project: Path | str,
    *,
    data: Mapping[str, Any] | None = None,
    assignments: Sequence[str] = (),
    release: str | None = None,
    options: Options | None = None,
) -> Ledger:
    """Update a project that was generated from any Copier template, and keep the team's edits.

    Args:
        project: the folder of the project, with the answers file of Copier, in a Git work tree.
        data: answers that change, by question. They aren't checked beyond what the template checks.
        assignments: more of them, each as NAME=VALUE. They're checked as `set` does.
        release: the release to update to, as the template's repository tags it; by default, the newest.
        options: how the change is made.

    Returns:
        What happened, file by file. Look at `conflicts`: their files contain the markers of Git.

    Raises:
        ToolError: if the project can't be updated. Then nothing was touched.
    """
    given = read_assignments(assignments, "--data NAME=VALUE")
    with generated_project(Path(project)) as found:
        template = found.newest() if release is None else found.at(release)
        _refuse_older(found, template)
        checked = check_assignments(given, template)
        answers = found.answers | dict(data or {}) | checked
        _refuse_dropped_choices(answers, template)
        return change(found, answers, template, options=options)


def _refuse_older(project: Generated, template: Template) -> None:
    """Refuse to go back, if both releases are versions; commits have no order."""
    version = project.commit.removeprefix("v")
    versions = releases.is_version(version) and releases.is_version(template.release)
    if versions and releases.is_newer(version, template.release):
        upgrade = "upgrade gowright: pip install --upgrade gowright; or " if project.built_in else ""
        raise ToolError(
            "project-newer",
            f"the project has release {version}, which is newer than {template.release}",
            why="an update never goes back to an older release",
            fix=f"{upgrade}revert the commit of the update with git",
        )


def _refuse_dropped_choices(answers: Mapping[str, Any], template: Template) -> None:
    for feature in template.known_features():
        value = answers.get(feature.name, feature.default)
        if value not in feature.values:
            raise BadAnswer(
                "unknown-choice",
                f"release {template.release} doesn't have {feature.name}={escape(value, 30)}",
                why=f"its choices are {', '.join(feature.values)}",
                fix=f"choose another one first: gowright set {feature.name}={feature.default}",
            )
