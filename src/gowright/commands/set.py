"""`set`: changes answers of a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from gowright.commands.assignments import check_assignments, read_assignments
from gowright.commands.change import change
from gowright.commands.change_options import Options
from gowright.commands.evolution import Evolving
from gowright.model.ledger import Ledger
from gowright.model.source import generated_project


def set_answers(
    folder: Path,
    assignments: Sequence[str],
    *,
    drop: bool = False,
    options: Options | None = None,
) -> Ledger:
    """Change answers of a project, such as the choice of a feature.

    Args:
        folder: the folder of the project.
        assignments: the answers, each as NAME=VALUE.
        drop: whether to delete tables and columns that the service stops using.
        options: how the change is made.

    Raises:
        BadAnswer: for an unknown question or choice.
        ToolError: if the project can't be changed. Then nothing was touched.
    """
    given = read_assignments(assignments, "FEATURE=CHOICE")
    with generated_project(folder) as project:
        checked = check_assignments(given, project.template)
        options = options or Options()
        if not options.what:
            release = project.template.release
            options = replace(options, what=f"set {' '.join(assignments)} with gowright {release}")
        return change(
            project,
            project.answers | checked,
            project.template,
            evolving=Evolving(drop=drop),
            options=options,
        )
