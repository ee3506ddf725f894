"""`gowright diff`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gowright.cli.app import app
from gowright.cli.options import DirectoryOption, Output, OutputOption
from gowright.cli.output import change_directory, print_result
from gowright.errors import Exit


@app.command()
def diff(
    project: Annotated[
        Path, typer.Argument(metavar="PROJECT", help="The folder of a generated project.")
    ] = Path(),
    stat: Annotated[
        bool, typer.Option("--stat", help="Show only the number of changed lines per file.")
    ] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with code 1 if there are differences.")
    ] = False,
    output: OutputOption = Output.TEXT,
    directory: DirectoryOption = None,
) -> None:
    """Show what you have changed since the project was generated or updated, as a patch for git apply."""
    from gowright.commands.diff import diff as compare
    from gowright.console import changes

    change_directory(directory)
    drift = compare(project)
    print_result(output, drift.as_dict, lambda: changes.patch(drift.stat if stat else drift.patch))
    raise typer.Exit(Exit.NO if exit_code and not drift.empty else Exit.DONE)
