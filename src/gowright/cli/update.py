"""`gowright update`."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from gowright.cli.app import app
from gowright.cli.changes import Change, changes_project


@app.command(
    epilog="Examples:\n\n  gowright update --dry-run --diff\n\n  gowright update --branch gowright-update"
)
@changes_project
def update(
    to: Annotated[
        str | None,
        typer.Option(metavar="RELEASE", help="The release to update to. [dim]\\[default: the newest][/]"),
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="The answer to a question, such as one that the newer release adds. Repeatable.",
        ),
    ] = None,
) -> Change:
    """Update the project in the current folder to a newer release, and keep your edits.

    Also updates projects of any other Copier template without _tasks, _migrations, and _jinja_extensions.
    """
    from gowright.commands.update import update as update_project

    return partial(update_project, release=to, assignments=data or ())
