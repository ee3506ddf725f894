"""`gowright template`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gowright.cli.app import app
from gowright.cli.options import DirectoryOption, Output, OutputOption
from gowright.cli.output import change_directory, print_result
from gowright.model.template import Template

template = typer.Typer(help="Work with the template.", no_args_is_help=True)
app.add_typer(template, name="template", rich_help_panel="For template authors")


@template.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A missing or empty folder.")],
    output: OutputOption = Output.TEXT,
    directory: DirectoryOption = None,
) -> None:
    """Write all releases of the template to a Git repository with a tag for each, to push or to fork."""
    from gowright.commands.export import export as export_releases
    from gowright.console import changes

    change_directory(directory)
    result = export_releases(folder, Template.head())
    print_result(output, result.as_dict, lambda: changes.exported(result))
