"""`add`, `remove` and `rename`: edits of the resources of a project."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from gowright.commands.change import change
from gowright.commands.change_options import Options
from gowright.commands.evolution import Evolving
from gowright.errors import ToolError
from gowright.model.answers import read_resources
from gowright.model.edits import Edit, Editor
from gowright.model.ledger import Ledger
from gowright.model.source import Generated, generated_project

#: An edit of the resources of a project.
Make = Callable[[Editor], Edit]


def edit_resources(
    project: Path, make: Make, *, drop: bool = False, options: Options | None = None
) -> Ledger:
    """Edit the resources of a project: its code, its answers and, by new migrations, its schema.

    Args:
        project: the folder of the project.
        make: the edit.
        drop: whether to delete tables and columns that the service stops using.
        options: how the change is made.

    Raises:
        ToolError: if the edit is invalid, or the project can't be changed. Then nothing was touched.
    """
    with generated_project(project) as found:
        edit = make(_editor(found))
        options = options or Options()
        return change(
            found,
            found.answers | {"resources": edit.resources},
            found.template,
            evolving=Evolving(edit, drop=drop),
            renamed=edit.names,
            options=replace(options, what=edit.what),
        )


def _editor(project: Generated) -> Editor:
    # A template of another kind has no list of names that the code needs itself.
    if "resources" not in project.answers or not project.template.names_file.exists():
        raise ToolError(
            "no-resources",
            f"{project.name} has no resources that gowright can edit",
            why=f"its template is {project.source}",
            fix="change its answers with gowright set",
        )
    reserved = project.template.reserved_names()
    return Editor(read_resources(project.answers["resources"], reserved), reserved)
