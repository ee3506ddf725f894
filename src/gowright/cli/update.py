"""`gowright update`."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from gowright.cli.app import app
from gowright.cli.changes import run_change
from gowright.cli.options import (
    BranchOption,
    CommitOption,
    DiffOption,
    DirectoryOption,
    DryRunOption,
    Output,
    OutputOption,
)


@app.command(
    epilog="Examples:\n\n  gowright update --dry-run --diff\n\n  gowright update --branch gowright-update"
)
def update(
    to: Annotated[
        str | None,
        typer.Option(metavar="RELEASE", help="The release to update to. [dim]\\[default: the newest][/]"),
    ] = None,
    dry_run: DryRunOption = False,
    diff: DiffOption = False,
    commit: CommitOption = False,
    branch: BranchOption = "",
    output: OutputOption = Output.TEXT,
    directory: DirectoryOption = None,
) -> None:
    """Update the project in the current folder to a newer release, and keep your edits.

    Also updates projects of any other Copier template that runs no programs.
    """
    from gowright.commands.update import update as update_project

    run_change(
        partial(update_project, release=to),
        dry_run=dry_run,
        diff=diff,
        commit=commit,
        branch=branch,
        output=output,
        directory=directory,
    )
