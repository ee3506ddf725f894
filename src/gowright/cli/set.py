"""`gowright set`."""

from __future__ import annotations

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
    complete_choice,
)


@app.command(
    name="set",
    epilog="Examples:\n\n  gowright set cache=none tracing=zipkin\n\n  gowright set logger=zap --dry-run",
)
def set_(
    assignments: Annotated[
        list[str],
        typer.Argument(
            metavar="FEATURE=CHOICE...",
            help="The choices that change, or description=TEXT. To list them, run gowright list features.",
            autocompletion=complete_choice,
        ),
    ],
    dry_run: DryRunOption = False,
    diff: DiffOption = False,
    commit: CommitOption = False,
    branch: BranchOption = "",
    output: OutputOption = Output.TEXT,
    directory: DirectoryOption = None,
) -> None:
    """Change choices of the project in the current folder, and keep your edits."""
    from gowright.commands.set import set_answers

    run_change(
        lambda folder, options: set_answers(folder, assignments, options=options),
        dry_run=dry_run,
        diff=diff,
        commit=commit,
        branch=branch,
        output=output,
        directory=directory,
    )
