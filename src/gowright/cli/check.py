"""`gowright check`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gowright.cli.app import app
from gowright.cli.options import DirectoryOption, Output, OutputOption
from gowright.cli.output import change_directory, print_result
from gowright.errors import Exit
from gowright.model.template import Template


@app.command()
def check(
    project: Annotated[
        Path, typer.Argument(metavar="PROJECT", help="The folder of a generated project.")
    ] = Path(),
    remote: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Compare with the tags of this repository. [bold]recorded[/] is the one in the project's answers file.",
        ),
    ] = None,
    output: OutputOption = Output.TEXT,
    directory: DirectoryOption = None,
) -> None:
    """Check whether a project has the newest release of the template. Changes nothing."""
    from dataclasses import asdict

    from gowright import console
    from gowright.commands.check import check as compare

    change_directory(directory)
    found = compare(project, Template.head(), remote)
    print_result(output, lambda: asdict(found) | {"current": found.current}, lambda: console.freshness(found))
    raise typer.Exit(Exit.DONE if found.current else Exit.NO)
