"""`gowright set`."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from gowright.cli.app import app
from gowright.cli.changes import Change, changes_project
from gowright.cli.options import DropDataOption, complete_choice


@app.command(
    name="set",
    epilog="Examples:\n\n  gowright set cache=none tracing=none\n\n  gowright set metrics=none --dry-run",
)
@changes_project
def set_(
    assignments: Annotated[
        list[str],
        typer.Argument(
            metavar="FEATURE=CHOICE...",
            help="The choices that change. To list them, run gowright list features. Also description=TEXT, and the "
            "answers to questions that your fork of the template adds.",
            autocompletion=complete_choice,
        ),
    ],
    drop_data: DropDataOption = False,
) -> Change:
    """Change choices of the project in the current folder, and keep your edits."""
    from gowright.commands.set import set_answers

    return partial(set_answers, assignments=assignments, drop=drop_data)
